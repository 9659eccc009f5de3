using Operator.Aws;
using Operator.Aws.Groups;
using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Mailboxes;

namespace Operator.Commands.Cleanup;

/// <summary>A cluster's resources in AWS: groups first, which would go on by themselves, then machines, commands and templates.</summary>
internal sealed class AwsLeftovers(IInstanceProvider instances, OwnedGroups groups, ILaunchTemplateProvider templates, IMailbox mailbox, RemovalLog log)
{
    /// <summary>Lists what the cluster has in an account.</summary>
    public async Task<FoundAccount> FindAsync(AwsAccount account, CancellationToken cancellationToken) => new(
        account,
        await FindGroupsAsync(account, cancellationToken),
        await log.FindAsync<Instance>($"instances in {account.Region ?? "AWS"}", async () =>
            [.. (await instances.RefreshAsync(account, cancellationToken)).Instances.Values.Where(instance => !instance.IsGone)]),
        await log.FindAsync($"launch templates in {account.Region ?? "AWS"}", () => templates.ListAsync(account, cancellationToken)),
        await log.FindAsync($"instance commands in {account.Region ?? "AWS"}", () => mailbox.ListAsync(account, cancellationToken)));

    /// <summary>Removes it.</summary>
    public async Task CleanAsync(FoundAccount found, CancellationToken cancellationToken)
    {
        var account = found.Account;
        foreach (var group in found.Groups)
        {
            await log.RemoveAsync($"Auto Scaling group {group.Name} (pool {group.PoolUid})", () => groups.DeleteAsync(account, group.Name, cancellationToken));
        }

        foreach (var instance in found.Instances)
        {
            await log.RemoveAsync(
                $"instance {instance.Id} ({instance.Type}, pool {instance.PoolUid})", () => instances.TerminateAsync(account, instance.Id, cancellationToken));
        }

        foreach (var id in found.Command)
        {
            await log.RemoveAsync($"commands of {id}", () => mailbox.EmptyAsync(account, id, cancellationToken));
        }

        foreach (var template in found.Templates)
        {
            await log.RemoveAsync($"launch template {template.Name}", () => templates.DeleteAsync(account, template.Id, cancellationToken));
        }
    }

    // Most clusters have no groups, and their policy does not speak of them. What a group has launched is found among the instances in any case.
    private Task<IReadOnlyList<AutoScalingGroup>> FindGroupsAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var what = $"Auto Scaling groups in {account.Region ?? "AWS"}";
        return log.FindAsync(what, async () =>
        {
            try
            {
                return await groups.ListAsync(account, cancellationToken);
            }
            catch (ProviderException e) when (e.Reason == AwsFailures.AccessDenied)
            {
                await log.NoteAsync($"not looked for: {what}; if pools had them, allow autoscaling:DescribeAutoScalingGroups and autoscaling:DeleteAutoScalingGroup, and run this again");
                return [];
            }
        });
    }
}

/// <summary>What a cluster has in an account.</summary>
/// <param name="Account">Region and role.</param>
/// <param name="Groups">Auto Scaling groups.</param>
/// <param name="Instances">Machines.</param>
/// <param name="Templates">Launch templates.</param>
/// <param name="Command">Ids of the machines that commands wait for.</param>
internal sealed record FoundAccount(
    AwsAccount Account, IReadOnlyList<AutoScalingGroup> Groups, IReadOnlyList<Instance> Instances, IReadOnlyList<OwnedTemplate> Templates, IReadOnlyList<string> Command)
{
    /// <summary>The pools that they are of.</summary>
    public IEnumerable<string> PoolUids => Groups.Select(group => group.PoolUid)
        .Concat(Instances.Select(instance => instance.PoolUid)).Concat(Templates.Select(template => template.PoolUid)).OfType<string>();
}
