namespace Operator.Common;

/// <summary>How long AWS responses are cached, and why.</summary>
internal static class CacheDurations
{
    /// <summary>An image's content never changes; a deregistered one shows as a launch error.</summary>
    public static readonly TimeSpan ImageById = Timeout.InfiniteTimeSpan;

    /// <summary>Public SSM parameters change a few times a month; five minutes still roll out a new image promptly.</summary>
    public static readonly TimeSpan ImageByParameter = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A new image that matches the selector should be found soon after its build, and one call per pool every five minutes is cheap.
    /// </summary>
    public static readonly TimeSpan ImageBySelector = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A subnet's free addresses change with every launch but only affect a preference; a full subnet shows as a launch error.
    /// </summary>
    public static readonly TimeSpan Subnets = TimeSpan.FromMinutes(1);

    /// <summary>Slots of capacity reservations are taken and freed with every machine; what the operator itself takes it counts at once.</summary>
    public static readonly TimeSpan Reservations = TimeSpan.FromSeconds(30);

    /// <summary>Groups come and go with people's changes; a stale id shows as a launch error.</summary>
    public static readonly TimeSpan SecurityGroups = TimeSpan.FromMinutes(5);

    /// <summary>New instance types appear a few times a month, and listing them takes about thirty calls.</summary>
    public static readonly TimeSpan InstanceTypes = TimeSpan.FromHours(6);

    /// <summary>
    /// Missing resources are looked up again soon, because someone is probably about to create them; but not on every reconcile.
    /// </summary>
    public static readonly TimeSpan NotFound = TimeSpan.FromSeconds(20);
}
