namespace Operator.Aws.Clients.AutoScaling;

/// <summary>The calls of EC2 Auto Scaling that the operator makes, under the names of the official client, which it can be replaced by.</summary>
internal interface IAutoScalingClient
{
    /// <summary>One page of groups.</summary>
    Task<DescribeAutoScalingGroupsResponse> DescribeAutoScalingGroupsAsync(DescribeAutoScalingGroupsRequest request, CancellationToken cancellationToken);

    /// <summary>The newest activities of a group, newest first.</summary>
    Task<IReadOnlyList<Activity>> DescribeScalingActivitiesAsync(DescribeScalingActivitiesRequest request, CancellationToken cancellationToken);

    /// <summary>The lifecycle hooks of a group.</summary>
    Task<IReadOnlyList<LifecycleHook>> DescribeLifecycleHooksAsync(DescribeLifecycleHooksRequest request, CancellationToken cancellationToken);

    /// <summary>Makes a group; its name is the idempotency key.</summary>
    Task CreateAutoScalingGroupAsync(CreateAutoScalingGroupRequest request, CancellationToken cancellationToken);

    /// <summary>Changes what is given; the rest stays.</summary>
    Task UpdateAutoScalingGroupAsync(UpdateAutoScalingGroupRequest request, CancellationToken cancellationToken);

    /// <summary>Deletes a group.</summary>
    Task DeleteAutoScalingGroupAsync(DeleteAutoScalingGroupRequest request, CancellationToken cancellationToken);

    /// <summary>Sets tags of a group.</summary>
    Task CreateOrUpdateTagsAsync(CreateOrUpdateTagsRequest request, CancellationToken cancellationToken);

    /// <summary>Makes or changes a lifecycle hook.</summary>
    Task PutLifecycleHookAsync(PutLifecycleHookRequest request, CancellationToken cancellationToken);

    /// <summary>Suspends processes.</summary>
    Task SuspendProcessesAsync(SuspendProcessesRequest request, CancellationToken cancellationToken);

    /// <summary>Sets the desired capacity.</summary>
    Task SetDesiredCapacityAsync(SetDesiredCapacityRequest request, CancellationToken cancellationToken);

    /// <summary>Protects instances from scale-in, or no longer; at most 50.</summary>
    Task SetInstanceProtectionAsync(SetInstanceProtectionRequest request, CancellationToken cancellationToken);

    /// <summary>Puts instances on standby; at most 20.</summary>
    Task EnterStandbyAsync(EnterStandbyRequest request, CancellationToken cancellationToken);

    /// <summary>Puts instances on standby back into service; at most 20.</summary>
    Task ExitStandbyAsync(ExitStandbyRequest request, CancellationToken cancellationToken);

    /// <summary>Terminates an instance, through its hooks.</summary>
    Task TerminateInstanceInAutoScalingGroupAsync(TerminateInstanceInAutoScalingGroupRequest request, CancellationToken cancellationToken);

    /// <summary>Ends the wait of an instance at a hook.</summary>
    Task CompleteLifecycleActionAsync(CompleteLifecycleActionRequest request, CancellationToken cancellationToken);

    /// <summary>Lets an instance wait at a hook for another time-out.</summary>
    Task RecordLifecycleActionHeartbeatAsync(RecordLifecycleActionHeartbeatRequest request, CancellationToken cancellationToken);
}
