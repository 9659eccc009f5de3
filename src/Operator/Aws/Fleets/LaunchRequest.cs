using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Offerings;

namespace Operator.Aws.Fleets;

/// <summary>Requirements of a runner's machine; leases with equal requirements are launched together.</summary>
/// <param name="Account">Where.</param>
/// <param name="PoolUid">The pool's UID.</param>
/// <param name="PoolName">Namespace and name of the pool, for the tag.</param>
/// <param name="Template">From which launch template.</param>
/// <param name="UsageClass"><c>spot</c> or <c>on-demand</c>.</param>
/// <param name="MaxSpotPrice">The most to pay for spot, US dollars an hour.</param>
/// <param name="Needs">Which machines will do.</param>
/// <param name="Subnets">The pool's subnets.</param>
/// <param name="Tags">The user's tags.</param>
internal sealed record LaunchNeed(
    AwsAccount Account,
    string PoolUid,
    string PoolName,
    LaunchTemplateRef Template,
    string UsageClass,
    string? MaxSpotPrice,
    MachineNeeds Needs,
    ResourceSelector Subnets,
    IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>How many times the price of the cheapest type that meets the needs is paid at most.</summary>
    public decimal MaxPriceFactor { get; init; } = OfferingBound.DefaultFactor;

    /// <summary>How EC2 chooses among the offered types and zones, in its words.</summary>
    public string SpotAllocationStrategy { get; init; } = "price-capacity-optimized";

    /// <summary>The root volume, where it differs from the template's.</summary>
    public RootVolume? RootVolume { get; init; }

    /// <summary>Needs are equal when all that goes into the request is.</summary>
    public string BatchKey => string.Join('|', Account, PoolUid, Template.Id, UsageClass, MaxSpotPrice, MaxPriceFactor, SpotAllocationStrategy, Subnets, RootVolume,
        Needs with { Allowed = [], Within = [], Excluded = [], GpuNames = [], GpuManufacturers = [], Processors = [] },
        string.Join(',', Needs.GpuManufacturers), string.Join(',', Needs.Processors), string.Join(',', Needs.Allowed), string.Join(',', Needs.Within), string.Join(',', Needs.Excluded), string.Join(',', Needs.GpuNames));
}

/// <summary>A root volume of another size than the template's.</summary>
/// <param name="DeviceName">The root device of the template's image.</param>
/// <param name="SizeGiB">Its size.</param>
internal sealed record RootVolume(string DeviceName, int SizeGiB);

/// <summary>One request to a launch backend.</summary>
/// <param name="IntentId">The recorded intent: idempotency token and tag of all that is launched.</param>
/// <param name="Need">What to launch.</param>
/// <param name="Count">How many.</param>
internal sealed record LaunchRequest(string IntentId, LaunchNeed Need, int Count);

/// <summary>A launch request but for its intent and count.</summary>
/// <param name="Offered">The types and subnets that it names.</param>
/// <param name="RequestHash">The hash of its content, to be stored with the intent.</param>
internal sealed record PreparedLaunch(IReadOnlyList<Offering> Offered, string RequestHash);

/// <summary>An intent to launch, as it is stored before the request is sent.</summary>
/// <param name="Id">Idempotency token and tag of all that is launched.</param>
/// <param name="RequestHash">The hash of the request's content: only an equal request may be sent under this intent again.</param>
internal sealed record LaunchIntent(string Id, string RequestHash);

/// <summary>What became of a launch request; both may be partial.</summary>
/// <param name="Instances">The instances that EC2 gave.</param>
/// <param name="Failure">Why there are fewer than asked for, if so.</param>
internal sealed record LaunchResult(IReadOnlyList<Instance> Instances, ProviderException? Failure);

/// <summary>A way to get machines. A fleet now; Auto Scaling groups and warm tiers follow.</summary>
internal interface ILaunchBackend
{
    /// <summary>Waits until the next request may be sent. Each request needs a turn of its own.</summary>
    Task WaitForTurnAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>Chooses what to ask for.</summary>
    /// <exception cref="ProviderException">There is nothing to ask for.</exception>
    Task<PreparedLaunch> PrepareAsync(LaunchNeed need, CancellationToken cancellationToken);

    /// <summary>Launches, under an intent that was never sent.</summary>
    /// <exception cref="ProviderException">No answer came: something may have been launched.</exception>
    Task<LaunchResult> LaunchAsync(LaunchRequest order, PreparedLaunch prepared, CancellationToken cancellationToken);

    /// <summary>Sends the request of an intent again, as it was, which launches nothing a second time.</summary>
    /// <param name="order">The order as it must have been.</param>
    /// <param name="requestHash">The hash that was stored with the intent; null where none was.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="LaunchOutcomeUnknownException">It cannot be sent as it was, or the answer says nothing of the first one: something may have been launched.</exception>
    Task<LaunchResult> RepeatAsync(LaunchRequest order, string? requestHash, CancellationToken cancellationToken);
}

/// <summary>What an earlier request of the intent has launched cannot be had from EC2 by asking again; look for it.</summary>
/// <param name="intentId">The intent.</param>
internal sealed class LaunchOutcomeUnknownException(string intentId) : Exception($"it is not known what launch intent {intentId} has launched");
