using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>How machines are bought.</summary>
[ValidationRule("!has(self.usageClass) || self.usageClass != 'on-demand' || !(has(self.maxSpotPrice) || has(self.onDemandFallback))",
    Message = "purchasing: maxSpotPrice and onDemandFallback have no effect on demand; remove them, or set usageClass to spot")]
[ValidationRule("!has(self.usageClass) || self.usageClass != 'on-demand' || !has(self.interruptionBreaker)",
    Message = "purchasing: interruptionBreaker has no effect on demand; remove it, or set usageClass to spot")]
[ValidationRule("!has(self.usageClass) || self.usageClass != 'on-demand' || !(has(self.onDemandBase) || has(self.onDemandPercentageAboveBase))",
    Message = "purchasing: onDemandBase and onDemandPercentageAboveBase apply to spot pools only; remove them, or set usageClass to spot")]
[ValidationRule("!has(self.usageClass) || self.usageClass != 'reserved' || has(self.capacityReservations)",
    Message = "purchasing: usageClass reserved needs capacityReservations; name them by id or tags")]
[ValidationRule("!has(self.usageClass) || self.usageClass != 'reserved' || !(has(self.maxSpotPrice) || has(self.onDemandFallback) || has(self.interruptionBreaker) || has(self.onDemandBase) || has(self.onDemandPercentageAboveBase))",
    Message = "purchasing: a pool with usageClass reserved buys nothing else; remove the settings for spot and on demand, or set usageClass to spot")]
public sealed class PurchasingSpec
{
    /// <summary>Usage class to buy. A lease can override it.</summary>
    [Default("\"spot\"")]
    public UsageClass? UsageClass { get; set; }

    /// <summary>
    /// Reserved capacity to use first: On-Demand Capacity Reservations and capacity blocks of the pool's account and region, 1 to 16. A runner gets a reserved machine while one that
    /// fits its class has a free slot, and otherwise what <see cref="UsageClass"/> says. Reserved capacity is paid for anyway, so its machines count as free.
    /// </summary>
    [Items(1, 16), ListType("atomic")]
    public List<CapacityReservationSelector>? CapacityReservations { get; set; }

    /// <summary>Number of runners of a spot pool to buy on demand before any on the spot market, 0 to 10000. Defaults to 0.</summary>
    [RangeMinimum(0), RangeMaximum(10_000)]
    public int? OnDemandBase { get; set; }

    /// <summary>Percentage of a spot pool's runners above <see cref="OnDemandBase"/> to buy on demand, 0 to 100. Defaults to 0.</summary>
    [RangeMinimum(0), RangeMaximum(100)]
    public int? OnDemandPercentageAboveBase { get; set; }

    /// <summary>When to buy a runner on demand that gets no spot capacity. Absent means never.</summary>
    public OnDemandFallbackSpec? OnDemandFallback { get; set; }

    /// <summary>
    /// How EC2 chooses among the offered types and zones on the spot market; on demand it always chooses the cheapest with capacity.
    /// </summary>
    [Default("\"price-capacity-optimized\"")]
    public SpotAllocationStrategy? SpotAllocationStrategy { get; set; }

    /// <summary>Maximum spot price, US dollars an hour in quotes, such as <c>"0.10"</c>. Absent means up to the on-demand price.</summary>
    [Length(1, 12), Pattern(@"^([1-9][0-9]{0,3}(\.[0-9]{1,6})?|0\.[0-9]{0,5}[1-9][0-9]{0,5})$", "maxSpotPrice: write US dollars an hour above 0 in quotes, such as \"0.10\"")]
    public string? MaxSpotPrice { get; set; }

    /// <summary>
    /// GitHub's fee per minute of a job on a self-hosted runner, US dollars in quotes, such as <c>"0.002"</c>; included in
    /// <c>status.cost</c> and the metrics. Defaults to 0.
    /// </summary>
    [JsonPropertyName("githubPricePerMinute"), Length(1, 12)]
    [Pattern(@"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,6})?$", "githubPricePerMinute: write US dollars a minute in quotes, such as \"0.002\"")]
    public string? GitHubPricePerMinute { get; set; }

    /// <summary>When to stop buying spot for a while because EC2 reclaims machines too often. Absent means never.</summary>
    public InterruptionBreakerSpec? InterruptionBreaker { get; set; }

    /// <summary>Cost limits of the pool. Absent means no limit.</summary>
    public BudgetSpec? Budget { get; set; }

    /// <summary>
    /// Price limit relative to the cheapest instance type that satisfies the ResourceClass, 1 to 1000: a machine's on-demand price is at
    /// most this multiple of the cheapest type's, for spot too, and it has at most four times (or this multiple, if larger) the virtual
    /// CPUs of the smallest type that satisfies the class. If all types within the limit are out of capacity, runners wait. An integer, or
    /// a quoted decimal.
    /// </summary>
    [Default("3"), Length(1, 6)]
    [Pattern(@"^([1-9][0-9]{0,2}(\.[0-9]{1,2})?|1000)$", "maxPriceFactor: write a number from 1 to 1000, such as 3 or \"2.5\""), RangeMinimum(1), RangeMaximum(1000)]
    public IntOrString? MaxPriceFactor { get; set; }

    /// <summary>What to do when EC2 recommends rebalancing, that is when a spot machine is at elevated risk of interruption.</summary>
    [Default("\"Ignore\"")]
    public RebalanceAction? OnRebalance { get; set; }
}

/// <summary>Capacity reservations, by id or by tags.</summary>
[ValidationRule("has(self.id) != has(self.tags)", Message = "purchasing.capacityReservations: give exactly one of id and tags")]
public sealed class CapacityReservationSelector
{
    /// <summary>The id of a capacity reservation or capacity block, such as <c>cr-0123456789abcdef0</c>.</summary>
    [Length(11, 20), Pattern("^cr-[0-9a-f]{8,17}$", "purchasing.capacityReservations: write the id of a capacity reservation, such as cr-0123456789abcdef0")]
    public string? Id { get; set; }

    /// <summary>Tags that a reservation must have; 1 to 20, values of at most 256 characters. A value of <c>*</c> fits any.</summary>
    [MapItems(1, 20), Length(0, 256)]
    public Dictionary<string, string>? Tags { get; set; }
}

/// <summary>When a spot pool buys on demand for a while: EC2 has taken back so many of its machines within a time.</summary>
public sealed class InterruptionBreakerSpec
{
    /// <summary>Number of interruptions, 2 to 50.</summary>
    [Required, RangeMinimum(2), RangeMaximum(50)]
    public int? Count { get; set; }

    /// <summary>The period, a duration such as <c>1h</c>.</summary>
    [Required, Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? Window { get; set; }

    /// <summary>How long to buy on demand, a duration such as <c>2h</c>.</summary>
    [Required, Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? Cooldown { get; set; }
}

/// <summary>
/// Cost limits of a pool, compared with <c>status.cost</c>. When one is reached, no machine is launched until the next day or month (UTC)
/// begins; running jobs continue, and running machines continue to cost.
/// </summary>
[ValidationRule("has(self.daily) || has(self.monthly)", Message = "purchasing.budget: give daily, monthly or both")]
public sealed class BudgetSpec
{
    /// <summary>US dollars a day in quotes, such as <c>"50"</c>.</summary>
    [Length(1, 12), Pattern(BudgetPattern, "purchasing.budget: write US dollars above 0 in quotes, such as \"50\"")]
    public string? Daily { get; set; }

    /// <summary>US dollars a month in quotes, such as <c>"1000"</c>.</summary>
    [Length(1, 12), Pattern(BudgetPattern, "purchasing.budget: write US dollars above 0 in quotes, such as \"50\"")]
    public string? Monthly { get; set; }

    private const string BudgetPattern = @"^([1-9][0-9]{0,8}(\.[0-9]{1,2})?|0\.([1-9][0-9]?|0[1-9]))$";
}

/// <summary>When to fall back from the spot market.</summary>
public sealed class OnDemandFallbackSpec
{
    /// <summary>How long a runner waits for spot capacity, a duration such as <c>2m</c>; then it is bought on demand.</summary>
    [Required, Length(2, 32), Pattern(SchemaPatterns.Duration, SchemaMessages.Duration)]
    public string? After { get; set; }
}

/// <summary>EC2's allocation strategy for spot capacity.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SpotAllocationStrategy>))]
public enum SpotAllocationStrategy
{
    /// <summary>From the pools with the most spare capacity, the cheapest.</summary>
    [JsonStringEnumMemberName("price-capacity-optimized")]
    PriceCapacityOptimized,

    /// <summary>From the pool with the most spare capacity, whatever it costs: fewest interruptions.</summary>
    [JsonStringEnumMemberName("capacity-optimized")]
    CapacityOptimized,

    /// <summary>The same, with the cheaper types preferred where capacity allows.</summary>
    [JsonStringEnumMemberName("capacity-optimized-prioritized")]
    CapacityOptimizedPrioritized,

    /// <summary>The cheapest pool, however little capacity it has: most interruptions.</summary>
    [JsonStringEnumMemberName("lowest-price")]
    LowestPrice,
}

/// <summary>EC2's purchasing option.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UsageClass>))]
public enum UsageClass
{
    /// <summary>Spare capacity at a discount; EC2 may reclaim it with two minutes' notice.</summary>
    [JsonStringEnumMemberName("spot")]
    Spot,

    /// <summary>The list price; EC2 does not reclaim it.</summary>
    [JsonStringEnumMemberName("on-demand")]
    OnDemand,

    /// <summary>Reserved capacity only, of <see cref="PurchasingSpec.CapacityReservations"/>: runners wait while none is free.</summary>
    [JsonStringEnumMemberName("reserved")]
    Reserved,
}
