namespace Operator.Aws.Groups;

/// <summary>This cluster's Auto Scaling groups.</summary>
internal interface IAutoScalingGroupProvider
{
    /// <summary>The name of a pool's group, whether it exists or not.</summary>
    string NameOf(string poolUid);

    /// <summary>A group in the last listing and after this process's own changes; null if it was not there.</summary>
    AutoScalingGroup? Find(AwsAccount account, string name);

    /// <summary>Whether the account's groups have been listed.</summary>
    bool IsListed(AwsAccount account);

    /// <summary>A member of a group in that listing; null if it was not there.</summary>
    GroupMember? FindMember(AwsAccount account, string name, string instanceId);

    /// <summary>Lists every group with this cluster's tag.</summary>
    /// <returns>The groups, and those of them that differ from the previous listing or are in motion.</returns>
    Task<GroupListing> RefreshAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>Looks at one group again, before something is done to it.</summary>
    Task<AutoScalingGroup?> ReadAsync(AwsAccount account, string name, CancellationToken cancellationToken);

    /// <summary>Makes a call. What has happened already is a success.</summary>
    Task ApplyAsync(AwsAccount account, string name, GroupAction action, CancellationToken cancellationToken);

    /// <summary>Why the group's last launch failed; null if it did not.</summary>
    Task<LaunchFailure?> LaunchFailureAsync(AwsAccount account, string name, CancellationToken cancellationToken);

    /// <summary>Deletes a group with its hooks; one that does not exist is a success.</summary>
    Task DeleteAsync(AwsAccount account, string name, CancellationToken cancellationToken);
}

/// <summary>A launch of a group that failed.</summary>
/// <param name="ActivityId">The group's activity.</param>
/// <param name="Message">Why, in the group's words.</param>
internal sealed record LaunchFailure(string ActivityId, string Message);

/// <summary>One listing of an account's groups.</summary>
/// <param name="Groups">All of them.</param>
/// <param name="Changed">Those that differ from the previous listing, and the names of those that are gone.</param>
/// <param name="Members">Ids of instances whose lifecycle state differs from the previous listing.</param>
internal sealed record GroupListing(IReadOnlyList<AutoScalingGroup> Groups, IReadOnlySet<string> Changed, IReadOnlyCollection<string> Members);
