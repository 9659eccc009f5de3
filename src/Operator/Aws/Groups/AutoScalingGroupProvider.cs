using Operator.Aws.Clients;
using Operator.Aws.Clients.AutoScaling;
using Operator.Aws.Network;
using Operator.Aws.Offerings;

namespace Operator.Aws.Groups;

/// <summary>Groups by Auto Scaling's API: one listing for each account, and this process's own changes over it.</summary>
internal sealed class AutoScalingGroupProvider(
    IAwsClientFactory clients, OwnedGroups owned, OfferingProvider offerings, SubnetProvider subnets, ClusterIdentity cluster, TimeProvider timeProvider) : IAutoScalingGroupProvider
{
    private const int RecentActivities = 5;

    private readonly ExpiringMap<AwsAccount, Dictionary<string, AutoScalingGroup>> _listings = new(TimeSpan.FromDays(1), timeProvider); // an account in use is listed every minute
    private readonly Lock _lock = new();

    public string NameOf(string poolUid) => GroupRequests.NameOf(cluster.Id, poolUid);

    public bool IsListed(AwsAccount account) => _listings.Contains(account);

    public AutoScalingGroup? Find(AwsAccount account, string name)
    {
        lock (_lock)
        {
            return _listings.TryGet(account, out var groups) ? groups.GetValueOrDefault(name) : null;
        }
    }

    public GroupMember? FindMember(AwsAccount account, string name, string instanceId) => Find(account, name)?.Members.FirstOrDefault(member => member.InstanceId == instanceId);

    public async Task<GroupListing> RefreshAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var groups = await owned.ListAsync(account, cancellationToken);
        lock (_lock)
        {
            var before = _listings.TryGet(account, out var known) ? known : [];
            _listings.Set(account, groups.ToDictionary(group => group.Name, StringComparer.Ordinal));
            return Compare(before, groups);
        }
    }

    public async Task<AutoScalingGroup?> ReadAsync(AwsAccount account, string name, CancellationToken cancellationToken)
    {
        var group = await owned.ReadAsync(account, name, cancellationToken);
        Change(account, name, _ => group);
        return group;
    }

    public async Task ApplyAsync(AwsAccount account, string name, GroupAction action, CancellationToken cancellationToken)
    {
        var place = action switch
        {
            GroupAction.Create create => await PlaceAsync(create.Content, cancellationToken),
            GroupAction.Update update => await PlaceAsync(update.Content, cancellationToken),
            _ => null,
        };
        try
        {
            await SendAsync(clients.AutoScaling(account), name, action, place, cancellationToken);
        }
        catch (AwsException e) when (IsDone(action, e))
        {
            // It has happened before, or the machine went on by itself.
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, CallOf(action));
        }

        Change(account, name, group => group?.After(action));
    }

    public async Task<LaunchFailure?> LaunchFailureAsync(AwsAccount account, string name, CancellationToken cancellationToken)
    {
        try
        {
            var recent = await clients.AutoScaling(account).DescribeScalingActivitiesAsync(new() { AutoScalingGroupName = name, MaxRecords = RecentActivities }, cancellationToken);
            return recent.FirstOrDefault(activity => activity.Description?.StartsWith("Launching", StringComparison.Ordinal) == true) is { StatusCode: "Failed" or "Cancelled" } last
                ? new(last.ActivityId, last.StatusMessage ?? last.Description ?? "") : null;
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeScalingActivities");
        }
    }

    public async Task DeleteAsync(AwsAccount account, string name, CancellationToken cancellationToken)
    {
        await owned.DeleteAsync(account, name, cancellationToken);
        Change(account, name, _ => null);
    }

    // The tag with the hash comes last, so that an update that was interrupted is made again.
    private async Task SendAsync(IAutoScalingClient client, string name, GroupAction action, GroupPlace? place, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case GroupAction.Create create:
                await client.CreateAutoScalingGroupAsync(GroupRequests.Create(name, cluster.Id, create, place!), cancellationToken);
                break;
            case GroupAction.Update update:
                await client.UpdateAutoScalingGroupAsync(GroupRequests.Update(name, update.Content, place!), cancellationToken);
                foreach (var hook in GroupRequests.HooksOf(update.Content))
                {
                    await client.PutLifecycleHookAsync(new() { AutoScalingGroupName = name, Hook = hook }, cancellationToken);
                }

                await client.CreateOrUpdateTagsAsync(new() { ResourceId = name, Tags = GroupRequests.TagsOf(name, cluster.Id, update.Content) }, cancellationToken);
                break;
            case GroupAction.Resize resize:
                await client.UpdateAutoScalingGroupAsync(new() { AutoScalingGroupName = name, MinSize = 0, MaxSize = resize.MaxSize, CapacityRebalance = false }, cancellationToken);
                break;
            case GroupAction.Suspend suspend:
                await client.SuspendProcessesAsync(new() { AutoScalingGroupName = name, ScalingProcesses = suspend.Processes }, cancellationToken);
                break;
            case GroupAction.SetDesired set:
                await client.SetDesiredCapacityAsync(new() { AutoScalingGroupName = name, DesiredCapacity = set.Desired }, cancellationToken);
                break;
            case GroupAction.End end:
                await client.TerminateInstanceInAutoScalingGroupAsync(new() { InstanceId = end.InstanceId, ShouldDecrementDesiredCapacity = end.Decrement }, cancellationToken);
                break;
            case GroupAction.Complete done:
                await client.CompleteLifecycleActionAsync(
                    new() { AutoScalingGroupName = name, LifecycleHookName = GroupRequests.NameOf(done.Hook), InstanceId = done.InstanceId, LifecycleActionResult = done.Result }, cancellationToken);
                break;
            case GroupAction.Beat beat:
                await client.RecordLifecycleActionHeartbeatAsync(
                    new() { AutoScalingGroupName = name, LifecycleHookName = GroupRequests.NameOf(beat.Hook), InstanceId = beat.InstanceId }, cancellationToken);
                break;
            case GroupAction.EnterStandby enter:
                await client.EnterStandbyAsync(new() { AutoScalingGroupName = name, InstanceIds = [enter.InstanceId], ShouldDecrementDesiredCapacity = true }, cancellationToken);
                break;
            case GroupAction.ExitStandby exit:
                await client.ExitStandbyAsync(new() { AutoScalingGroupName = name, InstanceIds = [exit.InstanceId] }, cancellationToken);
                break;
            case GroupAction.Protect protect:
                await client.SetInstanceProtectionAsync(
                    new() { AutoScalingGroupName = name, InstanceIds = protect.InstanceIds, ProtectedFromScaleIn = protect.IsProtected }, cancellationToken);
                break;
            default:
                throw new InvalidOperationException($"no call for {action}");
        }
    }

    private static bool IsDone(GroupAction action, AwsException e) => action switch
    {
        GroupAction.Create => e.IsGroupAlreadyExists,
        GroupAction.End => e.IsNotInGroup,
        GroupAction.Complete or GroupAction.Beat => e.IsNoLifecycleAction,
        GroupAction.Protect => e.IsNotInGroup,
        GroupAction.EnterStandby or GroupAction.ExitStandby => e.IsNotInGroup || e.IsNotOnStandby, // seen with the next listing
        _ => false,
    };

    private static string CallOf(GroupAction action) => action switch
    {
        GroupAction.Create => "CreateAutoScalingGroup",
        GroupAction.Update or GroupAction.Resize => "UpdateAutoScalingGroup",
        GroupAction.Suspend => "SuspendProcesses",
        GroupAction.SetDesired => "SetDesiredCapacity",
        GroupAction.End => "TerminateInstanceInAutoScalingGroup",
        GroupAction.Complete => "CompleteLifecycleAction",
        GroupAction.Beat => "RecordLifecycleActionHeartbeat",
        GroupAction.EnterStandby => "EnterStandby",
        GroupAction.ExitStandby => "ExitStandby",
        _ => "SetInstanceProtection",
    };

    private async Task<GroupPlace> PlaceAsync(GroupContent content, CancellationToken cancellationToken)
    {
        var (offered, nothing) = await offerings.OfferAsync(content.Need, cancellationToken);
        var network = await subnets.ResolveAsync(content.Need.Account, content.Need.Subnets, cancellationToken);
        return nothing is null
            ? new([.. offered.Select(one => one.InstanceType).Distinct(StringComparer.Ordinal).Take(GroupRequests.MostTypes)], [.. network.Select(subnet => subnet.Id).Order(StringComparer.Ordinal)])
            : throw nothing;
    }

    private void Change(AwsAccount account, string name, Func<AutoScalingGroup?, AutoScalingGroup?> change)
    {
        lock (_lock)
        {
            var groups = _listings.TryGet(account, out var known) ? known : [];
            if (change(groups.GetValueOrDefault(name)) is { } next)
            {
                groups[name] = next;
            }
            else
            {
                groups.Remove(name);
            }
        }
    }

    private static GroupListing Compare(Dictionary<string, AutoScalingGroup> before, IReadOnlyList<AutoScalingGroup> groups)
    {
        var changed = groups.Where(group => !IsSame(before.GetValueOrDefault(group.Name), group)).Select(group => group.Name)
            .Concat(before.Keys.Except(groups.Select(group => group.Name), StringComparer.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var states = before.Values.SelectMany(group => group.Members).DistinctBy(member => member.InstanceId).ToDictionary(member => member.InstanceId, member => member.State, StringComparer.Ordinal);
        return new(groups, changed, [.. groups.SelectMany(group => group.Members)
            .Where(member => !states.TryGetValue(member.InstanceId, out var state) || state != member.State).Select(member => member.InstanceId)]);
    }

    private static bool IsSame(AutoScalingGroup? before, AutoScalingGroup after) => before is not null
        && before with { Members = [], Suspended = [] } == after with { Members = [], Suspended = [] }
        && before.Suspended.SequenceEqual(after.Suspended) && before.Members.SequenceEqual(after.Members);
}
