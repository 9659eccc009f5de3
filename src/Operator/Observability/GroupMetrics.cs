using Operator.Aws.Groups;
using Operator.Entities.RunnerPools;
using Operator.Runtime.Metrics;

namespace Operator.Observability;

/// <summary>Metrics of the pools' Auto Scaling groups, read from the leader's last listing on each scrape.</summary>
internal sealed class GroupMetrics
{
    private static readonly MemberState[] States = Enum.GetValues<MemberState>();

    private volatile Term? _term;

    public GroupMetrics(Instruments instruments)
    {
        instruments.Observe("auto_scaling_group_desired_capacity", "Desired capacity of the pool's Auto Scaling group.", () => Groups().Select(one => Of(one.Pool, one.Group.Desired)), PoolSeries.Labels);
        instruments.Observe(
            "auto_scaling_group_instances",
            "Instances of the pool's Auto Scaling group by state: pending, pending_wait (at the launch hook), in_service, standby, terminating_wait (at the termination hook), leaving, other.",
            Instances, [.. PoolSeries.Labels, "state"]);
    }

    /// <summary>Exposes a leader's state until the result is disposed.</summary>
    public IDisposable Lead(IAutoScalingGroupProvider groups, IStore<V1Alpha1RunnerPool> pools)
    {
        var term = _term = new Term(groups, pools);
        return new Leading(() => _term = _term == term ? null : _term);
    }

    private IEnumerable<(V1Alpha1RunnerPool Pool, AutoScalingGroup Group)> Groups() => _term is not { } term ? [] :
        from pool in term.Pools.List()
        where pool.Status?.AutoScalingGroup?.Name is not null
        let place = pool.Status!.AutoScalingGroup!
        let found = term.Groups.Find(new(place.Region, place.AssumeRoleArn), place.Name!)
        where found is not null
        select (pool, found);

    private IEnumerable<Reading> Instances() =>
        from one in Groups()
        let counts = one.Group.Members.CountBy(member => member.State).ToDictionary()
        from state in States
        select Of(one.Pool, counts.GetValueOrDefault(state), NameOf(state));

    private static string NameOf(MemberState state) => state switch
    {
        MemberState.Pending => "pending",
        MemberState.PendingWait => "pending_wait",
        MemberState.InService => "in_service",
        MemberState.Standby => "standby",
        MemberState.TerminatingWait => "terminating_wait",
        MemberState.Leaving => "leaving",
        _ => "other",
    };

    private static Reading Of(V1Alpha1RunnerPool pool, double value, params ReadOnlySpan<string> more) =>
        new(value, [pool.Metadata.NamespaceProperty ?? "", pool.Metadata.Name ?? "", .. more]);

    private sealed record Term(IAutoScalingGroupProvider Groups, IStore<V1Alpha1RunnerPool> Pools);
}
