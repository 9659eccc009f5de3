using Operator.Aws.Clients;
using Operator.Aws.Clients.AutoScaling;
using Operator.Aws.Groups;
using Operator.Pools;
using Operator.Settings;

namespace Operator.Commands.Doctor.Aws;

/// <summary>The pool's Auto Scaling group is as the operator makes it, can launch and terminate, and the operator may change it.</summary>
internal sealed class GroupCheck(IAwsClientFactory clients, OwnedGroups owned, IAutoScalingGroupProvider groups) : MachineCheck("auto scaling group")
{
    private const string Grant = "give the operator the policy that operator iam --auto-scaling-groups prints";

    // No machine has it: the calls pass the check of permissions, and do nothing.
    private const string NoInstance = "i-00000000000000000";

    public override bool Concerns(PoolSubject subject) => PoolGroups.MayHave(subject.Pool);

    public override async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var name = subject.Pool.Status?.AutoScalingGroup?.Name ?? groups.NameOf(subject.Pool.Metadata.Uid!);
        AutoScalingGroup? group;
        try
        {
            group = await owned.ReadAsync(subject.Account, name, cancellationToken);
        }
        catch (ProviderException e) when (e.Reason == Operator.Aws.AwsFailures.AccessDenied)
        {
            return CheckResult.Failed($"AWS denies autoscaling:DescribeAutoScalingGroups; {Grant}");
        }

        if (group is not null && await MissingAsync(subject, name, cancellationToken) is { Count: > 0 } missing)
        {
            return CheckResult.Failed($"AWS denies {string.Join(", ", missing)} on {name}; {Grant}");
        }

        var failure = group is null ? null : await groups.LaunchFailureAsync(subject.Account, name, cancellationToken);
        return Judge(name, group, subject.Pool.Spec.Capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners, failure?.Message);
    }

    /// <summary>What is to be said of a group. Pure.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="group">The group; null if there is none.</param>
    /// <param name="maxRunners">The pool's.</param>
    /// <param name="failure">Why its last launch failed; null if it did not.</param>
    public static CheckResult Judge(string name, AutoScalingGroup? group, int maxRunners, string? failure)
    {
        if (group is null)
        {
            return CheckResult.Warning($"{name} does not exist: the operator makes it with the pool's launch template; if it does not, see the condition AutoScalingGroupReady");
        }

        var stopped = group.Suspended.Intersect(["Launch", "Terminate"], StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var drift = DriftOf(group, maxRunners).ToList();
        return group switch
        {
            { IsDeleting: true } => CheckResult.Failed($"{name} is being deleted; another one is made when it is gone"),
            _ when stopped.Count > 0 => CheckResult.Failed(
                $"{string.Join(" and ", stopped)} of {name} {(stopped.Count == 1 ? "is" : "are")} suspended; resume: aws autoscaling resume-processes --auto-scaling-group-name {name} --scaling-processes {string.Join(' ', stopped)}"),
            _ when drift.Count > 0 => CheckResult.Warning($"{name}: {string.Join("; ", drift)}; the operator sets that right within a minute while it runs"),
            _ when failure is not null => CheckResult.Warning($"the last launch of {name} failed: {ErrorText.Shorten(failure, GroupState.MaxMessageLength)}"),
            _ => CheckResult.Ok($"{name}: desired capacity {group.Desired}, {group.Members.Count(member => member.State == MemberState.InService)} in service, "
                + $"{group.Members.Count(member => member.State == MemberState.Standby)} on standby"),
        };
    }

    private static IEnumerable<string> DriftOf(AutoScalingGroup group, int maxRunners)
    {
        if (group.MinSize != 0 || group.MaxSize != maxRunners)
        {
            yield return $"the bounds are {group.MinSize} and {group.MaxSize} instead of 0 and {maxRunners}";
        }

        if (group.ReplacesAtRisk)
        {
            yield return "capacity rebalancing is on";
        }

        foreach (var process in GroupPlanner.SuspendedProcesses.Except(group.Suspended, StringComparer.Ordinal))
        {
            yield return $"{process} is not suspended";
        }
    }

    // Auto Scaling has no dry runs.
    private async Task<List<string>> MissingAsync(PoolSubject subject, string name, CancellationToken cancellationToken)
    {
        var (client, missing) = (clients.AutoScaling(subject.Account), new List<string>());
        foreach (var (permission, tryAsync) in Harmless(client, name, cancellationToken))
        {
            try
            {
                await tryAsync();
            }
            catch (AwsException e) when (e is { IsThrottled: false, IsOutcomeUnknown: false })
            {
                missing.AddRange(e.IsUnauthorized ? [permission] : []);
            }
        }

        return missing;
    }

    private static IEnumerable<(string Permission, Func<Task> TryAsync)> Harmless(IAutoScalingClient client, string name, CancellationToken cancellationToken)
    {
        yield return ("autoscaling:SetInstanceProtection", () => client.SetInstanceProtectionAsync(new() { AutoScalingGroupName = name, InstanceIds = [NoInstance] }, cancellationToken));
        yield return ("autoscaling:EnterStandby", () => client.EnterStandbyAsync(
            new() { AutoScalingGroupName = name, InstanceIds = [NoInstance], ShouldDecrementDesiredCapacity = true }, cancellationToken));
        yield return ("autoscaling:ExitStandby", () => client.ExitStandbyAsync(new() { AutoScalingGroupName = name, InstanceIds = [NoInstance] }, cancellationToken));
        yield return ("autoscaling:CompleteLifecycleAction", () => client.CompleteLifecycleActionAsync(
            new() { AutoScalingGroupName = name, LifecycleHookName = GroupRequests.NameOf(GroupHook.Launching), InstanceId = NoInstance, LifecycleActionResult = GroupAction.Continue }, cancellationToken));
        yield return ("autoscaling:RecordLifecycleActionHeartbeat", () => client.RecordLifecycleActionHeartbeatAsync(
            new() { AutoScalingGroupName = name, LifecycleHookName = GroupRequests.NameOf(GroupHook.Launching), InstanceId = NoInstance }, cancellationToken));
    }
}
