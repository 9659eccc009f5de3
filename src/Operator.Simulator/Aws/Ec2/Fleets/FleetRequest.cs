using Operator.Simulator.Aws.Ec2.LaunchTemplates;
using Operator.Simulator.Aws.Ec2.Tags;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Fleets;

/// <summary>A CreateFleet request, read and checked as far as it can be without looking at capacity.</summary>
internal sealed record FleetRequest
{
    public required string? ClientToken { get; init; }

    public required IReadOnlyList<FleetOverride> Overrides { get; init; }

    public required FleetOptions Spot { get; init; }

    public required FleetOptions OnDemand { get; init; }

    public required IReadOnlyDictionary<string, string> InstanceTags { get; init; }

    public static FleetRequest Read(QueryNode request, LaunchTemplateStore templates)
    {
        RefuseWhatIsNotSimulated(request);
        var configurations = request.Items("LaunchTemplateConfigs");
        if (configurations.Count is 0 or > 50)
        {
            throw Invalid("The request must contain between 1 and 50 launch template configurations.");
        }

        var capacity = request["TargetCapacitySpecification"];
        var (spot, onDemand) = Capacity(capacity);
        var tags = TagRules.ReadSpecifications(request, "fleet", "instance");
        return new FleetRequest
        {
            ClientToken = request.Text("ClientToken"),
            Overrides = [.. configurations.SelectMany(configuration => FleetOverride.ReadAll(configuration, templates))],
            Spot = FleetOptions.Read(request["SpotOptions"], spot),
            OnDemand = FleetOptions.Read(request["OnDemandOptions"], onDemand),
            InstanceTags = tags.GetValueOrDefault("instance") ?? [],
        };
    }

    private static (int Spot, int OnDemand) Capacity(QueryNode capacity)
    {
        if (capacity.Number("TotalTargetCapacity") is not ({ } total and > 0 and <= 10_000))
        {
            throw Invalid("TotalTargetCapacity must be between 1 and 10000.");
        }

        var spot = capacity.Number("SpotTargetCapacity");
        var onDemand = capacity.Number("OnDemandTargetCapacity");
        if ((spot ?? 0) + (onDemand ?? 0) > total)
        {
            throw Invalid("The sum of OnDemandTargetCapacity and SpotTargetCapacity must not exceed TotalTargetCapacity.");
        }

        return capacity.Text("DefaultTargetCapacityType") switch
        {
            "spot" => (total - (onDemand ?? 0), onDemand ?? 0),
            "on-demand" => (spot ?? 0, total - (spot ?? 0)),
            null => (spot ?? 0, onDemand ?? (total - (spot ?? 0))),
            var other => throw Invalid($"DefaultTargetCapacityType '{other}' is not supported by the simulator."),
        };
    }

    private static void RefuseWhatIsNotSimulated(QueryNode request)
    {
        var type = request.Text("Type") ?? "maintain";
        if (type != "instant")
        {
            throw new AwsException("UnsupportedOperation",
                $"The simulator has fleets of type instant only; this one is of type {type} (the default is maintain).");
        }

        foreach (var item in request.Items("LaunchTemplateConfigs").SelectMany(configuration => configuration.Items("Overrides")))
        {
            if (!item["InstanceRequirements"].IsEmpty || item.Text("WeightedCapacity") is not (null or "1"))
            {
                throw new AwsException("UnsupportedOperation", "The simulator has no InstanceRequirements and no WeightedCapacity.");
            }
        }
    }

    private static AwsException Invalid(string message) => new("InvalidParameterValue", message);
}

/// <summary>How one usage class of a fleet is bought.</summary>
internal sealed record FleetOptions(
    int Target, string AllocationStrategy, int MinTarget, bool SingleInstanceType, bool SingleAvailabilityZone)
{
    private static readonly string[] Strategies =
    [
        "lowest-price", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized", "prioritized",
    ];

    public static FleetOptions Read(QueryNode node, int target)
    {
        var strategy = node.Text("AllocationStrategy") ?? "lowest-price";
        return Strategies.Contains(strategy)
            ? new FleetOptions(
                target,
                strategy,
                node.Number("MinTargetCapacity") ?? 0,
                node.Flag("SingleInstanceType") ?? false,
                node.Flag("SingleAvailabilityZone") ?? false)
            : throw new AwsException("InvalidParameterValue", $"The simulator has no AllocationStrategy '{strategy}'.");
    }
}
