using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Offerings;
using Operator.Aws.Reservations;

namespace Operator.Aws.Fleets;

/// <summary>Requirements of a runner's machine; leases with equal requirements are launched together.</summary>
/// <param name="Account">Region and role.</param>
/// <param name="PoolUid">The pool's UID.</param>
/// <param name="PoolName">Namespace and name of the pool, for the tag.</param>
/// <param name="Template">From which launch template.</param>
/// <param name="UsageClass"><c>spot</c>, <c>on-demand</c> or <c>reserved</c>.</param>
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
    /// <summary>The launch template for machines of the other architecture; null where one architecture is bought.</summary>
    public LaunchTemplateRef? OtherTemplate { get; init; }

    /// <summary>How many times the price of the cheapest type that meets the needs is paid at most.</summary>
    public decimal MaxPriceFactor { get; init; } = OfferingBound.DefaultFactor;

    /// <summary>EC2's name of the strategy for choosing among the offered types and zones.</summary>
    public string SpotAllocationStrategy { get; init; } = "price-capacity-optimized";

    /// <summary>The launch templates that the request names.</summary>
    public IReadOnlyList<LaunchTemplateRef> Templates => OtherTemplate is { } other ? [Template, other] : [Template];

    /// <summary>The same with these launch templates, at most one for each architecture, and machines that fit them.</summary>
    public LaunchNeed With(IReadOnlyList<LaunchTemplateRef> templates) => this with
    {
        Template = templates[0],
        OtherTemplate = templates.Count > 1 ? templates[1] : null,
        Needs = Needs with { Architecture = templates.Count > 1 ? MachineNeeds.AnyArchitecture : templates[0].Architecture ?? Needs.Architecture },
    };

    /// <summary>The same in a capacity reservation, which is for machines of one architecture.</summary>
    public LaunchNeed In(ReservedSlot slot) => With([Templates.FirstOrDefault(template => template.Architecture == slot.Architecture) ?? Template]) with { Slot = slot };

    /// <summary>The launch template of an offering.</summary>
    public LaunchTemplateRef TemplateOf(Offering offering) => OtherTemplate is { } other && other.Architecture == offering.Architecture ? other : Template;

    /// <summary>The root volume, where it differs from the template's.</summary>
    public RootVolume? RootVolume { get; init; }

    /// <summary>The place in a capacity reservation that it is for; null for none.</summary>
    public ReservedSlot? Slot { get; init; }

    /// <summary>EC2's call that launches it, for messages.</summary>
    public string CallName => Slot is null ? "CreateFleet" : "RunInstances";

    /// <summary>Needs are equal when all that goes into the request is.</summary>
    public string BatchKey => string.Join('|', Account, PoolUid, Template.Id, OtherTemplate?.Id, UsageClass, MaxSpotPrice, MaxPriceFactor, SpotAllocationStrategy, Subnets, RootVolume, Slot?.ReservationId, Slot?.SubnetId,
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

/// <summary>A way to get machines.</summary>
internal interface ILaunchBackend
{
    /// <summary>Waits until the next request may be sent. Each request needs a turn of its own.</summary>
    Task WaitForTurnAsync(LaunchNeed need, CancellationToken cancellationToken);

    /// <summary>Chooses the offerings to request.</summary>
    /// <exception cref="ProviderException">There is nothing to request.</exception>
    Task<PreparedLaunch> PrepareAsync(LaunchNeed need, CancellationToken cancellationToken);

    /// <summary>Launches, under an intent that was never sent.</summary>
    /// <exception cref="ProviderException">No answer came: something may have been launched.</exception>
    Task<LaunchResult> LaunchAsync(LaunchRequest order, PreparedLaunch prepared, CancellationToken cancellationToken);

    /// <summary>Repeats the identical request of an intent, which launches nothing twice.</summary>
    /// <param name="order">The original request.</param>
    /// <param name="requestHash">The hash stored with the intent; null if there is none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="LaunchOutcomeUnknownException">It cannot be sent as it was, or the answer says nothing of the first one: something may have been launched.</exception>
    Task<LaunchResult> RepeatAsync(LaunchRequest order, string? requestHash, CancellationToken cancellationToken);
}

/// <summary>EC2 cannot be asked again what an earlier request of the intent launched; look for it.</summary>
/// <param name="intentId">The intent.</param>
internal sealed class LaunchOutcomeUnknownException(string intentId) : Exception($"it is not known what launch intent {intentId} has launched");
