using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Offerings;

namespace Operator.Aws.Fleets;

/// <summary>Requirements of a runner's machine; leases with equal requirements are launched together.</summary>
/// <param name="Account">Region and role.</param>
/// <param name="PoolUid">The pool's UID.</param>
/// <param name="PoolName">Namespace and name of the pool, for the tag.</param>
/// <param name="Template">The launch template.</param>
/// <param name="UsageClass"><c>spot</c> or <c>on-demand</c>.</param>
/// <param name="MaxSpotPrice">Maximum spot price, US dollars an hour.</param>
/// <param name="Needs">Requirements of the instance type.</param>
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
    /// <summary>Maximum price as a multiple of the cheapest matching type's.</summary>
    public decimal MaxPriceFactor { get; init; } = OfferingBound.DefaultFactor;

    /// <summary>EC2's name of the strategy for choosing among the offered types and zones.</summary>
    public string SpotAllocationStrategy { get; init; } = "price-capacity-optimized";

    /// <summary>The root volume, if it differs from the template's.</summary>
    public RootVolume? RootVolume { get; init; }

    /// <summary>Needs are equal if the resulting requests are.</summary>
    public string BatchKey => string.Join('|', Account, PoolUid, Template.Id, UsageClass, MaxSpotPrice, MaxPriceFactor, SpotAllocationStrategy, Subnets, RootVolume,
        Needs with { Allowed = [], Within = [], Excluded = [], GpuNames = [], GpuManufacturers = [], Processors = [] },
        string.Join(',', Needs.GpuManufacturers), string.Join(',', Needs.Processors), string.Join(',', Needs.Allowed), string.Join(',', Needs.Within), string.Join(',', Needs.Excluded), string.Join(',', Needs.GpuNames));
}

/// <summary>A root volume of a different size than the template's.</summary>
/// <param name="DeviceName">The root device of the template's image.</param>
/// <param name="SizeGiB">Its size.</param>
internal sealed record RootVolume(string DeviceName, int SizeGiB);

/// <summary>One request to a launch backend.</summary>
/// <param name="IntentId">The recorded intent: idempotency token, and tag of everything launched.</param>
/// <param name="Need">What to launch.</param>
/// <param name="Count">How many.</param>
internal sealed record LaunchRequest(string IntentId, LaunchNeed Need, int Count);

/// <summary>A launch request without intent and count.</summary>
/// <param name="Offered">Its types and subnets.</param>
/// <param name="RequestHash">The hash of its content, stored with the intent.</param>
internal sealed record PreparedLaunch(IReadOnlyList<Offering> Offered, string RequestHash);

/// <summary>A launch intent as stored before the request is sent.</summary>
/// <param name="Id">Idempotency token, and tag of everything launched.</param>
/// <param name="RequestHash">The hash of the request's content: only an identical request may be repeated under this intent.</param>
internal sealed record LaunchIntent(string Id, string RequestHash);

/// <summary>The result of a launch request, possibly partial.</summary>
/// <param name="Instances">The launched instances.</param>
/// <param name="Failure">Why there are fewer than requested, if so.</param>
internal sealed record LaunchResult(IReadOnlyList<Instance> Instances, ProviderException? Failure);

/// <summary>A way to get machines. Currently fleets only.</summary>
internal interface ILaunchBackend
{
    /// <summary>Waits until the next request may be sent. Each request needs its own turn.</summary>
    Task WaitForTurnAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>Chooses the offerings to request.</summary>
    /// <exception cref="ProviderException">There is nothing to request.</exception>
    Task<PreparedLaunch> PrepareAsync(LaunchNeed need, CancellationToken cancellationToken);

    /// <summary>Launches under an intent that was never sent before.</summary>
    /// <exception cref="ProviderException">There was no answer: something may have been launched.</exception>
    Task<LaunchResult> LaunchAsync(LaunchRequest order, PreparedLaunch prepared, CancellationToken cancellationToken);

    /// <summary>Repeats the identical request of an intent, which launches nothing twice.</summary>
    /// <param name="order">The original request.</param>
    /// <param name="requestHash">The hash stored with the intent; null if there is none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="LaunchOutcomeUnknownException">It cannot be repeated identically, or the answer says nothing about the first request: something may have been launched.</exception>
    Task<LaunchResult> RepeatAsync(LaunchRequest order, string? requestHash, CancellationToken cancellationToken);
}

/// <summary>EC2 cannot be asked again what an earlier request of the intent launched; look for it.</summary>
/// <param name="intentId">The intent.</param>
internal sealed class LaunchOutcomeUnknownException(string intentId) : Exception($"it is not known what launch intent {intentId} has launched");
