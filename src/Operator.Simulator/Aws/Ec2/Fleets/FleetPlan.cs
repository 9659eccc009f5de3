using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Fleets;

/// <summary>A number of instances from one row.</summary>
internal sealed record FleetPick(FleetOverride Row, LaunchSpecification Launch, int Count);

/// <summary>Why a row launched fewer than requested.</summary>
internal sealed record FleetError(FleetOverride Row, string UsageClass, string Code, string Message);

/// <summary>What a fleet request will launch, and what it cannot.</summary>
internal sealed record FleetPlan(IReadOnlyList<FleetPick> Picks, IReadOnlyList<FleetError> Errors)
{
    public int Total => Picks.Sum(pick => pick.Count);
}

/// <summary>Chooses pools by the request's allocation strategies.</summary>
internal sealed class FleetPlanner(Ec2World world, FleetRequest request)
{
    private readonly LaunchRules _rules = new(world);
    private readonly List<FleetError> _errors = [];

    /// <exception cref="AwsException">The request as a whole is refused.</exception>
    public FleetPlan Plan()
    {
        RefuseDuplicatePools();
        var headroom = new Headroom(world);
        var picks = new List<FleetPick>();
        foreach (var (options, usageClass) in new[] { (request.OnDemand, "on-demand"), (request.Spot, "spot") })
        {
            if (options.Target > 0)
            {
                var plan = Choose(options, Resolve(usageClass), ref headroom);
                picks.AddRange(plan.Total >= options.MinTarget ? plan.Picks : []);
                _errors.AddRange(plan.Errors);
            }
        }

        return new FleetPlan(picks, _errors);
    }

    private FleetPlan Choose(FleetOptions options, IReadOnlyList<FleetPick> candidates, ref Headroom headroom)
    {
        var start = headroom;
        var groups = Sort(options, candidates, start).GroupBy(candidate => (
            options.SingleInstanceType ? candidate.Launch.Type.Name : null,
            options.SingleAvailabilityZone ? candidate.Launch.Subnet.Zone.Name : null));
        var plans = new List<(FleetPlan Plan, Headroom After)>();
        foreach (var group in groups)
        {
            var after = start.Copy();
            var plan = Fill(options, group, after);
            plans.Add((plan, after));
            if (plan.Total == options.Target)
            {
                break;
            }
        }

        if (plans.Count == 0)
        {
            return new FleetPlan([], []);
        }

        (var best, headroom) = plans.MaxBy(entry => entry.Plan.Total);
        return best;
    }

    private static FleetPlan Fill(FleetOptions options, IEnumerable<FleetPick> candidates, Headroom headroom)
    {
        var (picks, errors, left) = (new List<FleetPick>(), new List<FleetError>(), options.Target);
        foreach (var candidate in candidates)
        {
            if (left == 0)
            {
                break;
            }

            var (count, shortage) = headroom.Take(candidate.Launch, left, options.AllocationStrategy);
            left -= count;
            if (count > 0)
            {
                picks.Add(candidate with { Count = count });
            }

            if (shortage is not null)
            {
                errors.Add(new FleetError(candidate.Row, candidate.Launch.UsageClass, shortage.Code, shortage.Message));
            }
        }

        return new FleetPlan(picks, errors);
    }

    private IEnumerable<FleetPick> Sort(FleetOptions options, IReadOnlyList<FleetPick> candidates, Headroom headroom) =>
        options.AllocationStrategy switch
        {
            "prioritized" => candidates.OrderBy(candidate => candidate.Row.Priority ?? double.MaxValue),
            "capacity-optimized" => candidates.OrderByDescending(candidate => headroom.Capacity(candidate.Launch)),
            "capacity-optimized-prioritized" => candidates
                .OrderByDescending(candidate => headroom.Capacity(candidate.Launch) >= options.Target)
                .ThenBy(candidate => candidate.Row.Priority ?? double.MaxValue),
            "price-capacity-optimized" => candidates
                .OrderByDescending(candidate => headroom.Capacity(candidate.Launch) >= options.Target)
                .ThenBy(candidate => Price(candidate.Launch)),
            _ => candidates.OrderBy(candidate => Price(candidate.Launch)),
        };

    private decimal Price(LaunchSpecification launch) => launch.IsSpot
        ? world.Options.SpotPrices.At(launch.Type.Name, launch.Subnet.Zone.Name, launch.Type.OnDemandPrice, world.Now).Price
        : launch.Type.OnDemandPrice;

    private List<FleetPick> Resolve(string usageClass)
    {
        var candidates = new List<FleetPick>();
        foreach (var row in request.Overrides)
        {
            try
            {
                var tags = FleetOperations.TagsOf(row, request);
                candidates.Add(new FleetPick(row, _rules.Resolve(row, usageClass, tags), 0));
            }
            catch (AwsException exception)
            {
                _errors.Add(new FleetError(row, usageClass, exception.Code, exception.Message));
            }
        }

        return candidates;
    }

    private void RefuseDuplicatePools()
    {
        var pools = request.Overrides.Select(row => (
            Type: row.InstanceType ?? row.Template.Data.InstanceType,
            Zone: row.SubnetId is { } id
                ? world.Network.Subnets.FirstOrDefault(subnet => subnet.Id == id)?.Zone.Name ?? id
                : row.AvailabilityZone));
        if (pools.GroupBy(pool => pool).Any(group => group.Count() > 1))
        {
            throw new AwsException("InvalidFleetConfig", "The fleet configuration contains duplicate instance pools.");
        }
    }
}
