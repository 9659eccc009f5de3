namespace Operator.Common;

/// <summary>How long the answers of AWS are believed, each with its reason.</summary>
internal static class CacheDurations
{
    /// <summary>What an image is made of never changes; that it was deregistered shows as a launch error.</summary>
    public static readonly TimeSpan ImageById = Timeout.InfiniteTimeSpan;

    /// <summary>A public SSM parameter moves a few times a month; five minutes make a new image's roll-out prompt all the same.</summary>
    public static readonly TimeSpan ImageByParameter = TimeSpan.FromMinutes(5);

    /// <summary>A new image that fits the selector should be found soon after its build, and one call per pool each five minutes is nothing.</summary>
    public static readonly TimeSpan ImageBySelector = TimeSpan.FromMinutes(5);

    /// <summary>The free addresses of a subnet change with every launch, but only steer a preference; a full subnet shows as a launch error.</summary>
    public static readonly TimeSpan Subnets = TimeSpan.FromMinutes(1);

    /// <summary>Slots of capacity reservations are taken and freed with every machine; what the operator itself takes it counts at once.</summary>
    public static readonly TimeSpan Reservations = TimeSpan.FromSeconds(30);

    /// <summary>Groups come and go with people's changes; a stale id shows as a launch error.</summary>
    public static readonly TimeSpan SecurityGroups = TimeSpan.FromMinutes(5);

    /// <summary>New instance types appear a few times a month, and reading them all takes some thirty calls.</summary>
    public static readonly TimeSpan InstanceTypes = TimeSpan.FromHours(6);

    /// <summary>Something that was not found is looked for again soon, since a person is probably about to make it; but not in every pass.</summary>
    public static readonly TimeSpan NotFound = TimeSpan.FromSeconds(20);
}
