using Operator.Aws;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Ownership;

/// <summary>Removes launch templates that no pool or lease uses.</summary>
internal sealed class TemplateSweep(
    ILaunchTemplateProvider templates,
    PoolOwnershipStore ownership,
    IStore<V1Alpha1RunnerPool> pools,
    IStore<V1Alpha1RunnerLease> leases,
    UnusedResourceRemoval removal,
    OrphanReport report)
{
    /// <summary>A template this young may not be in its pool's status yet.</summary>
    private static readonly TimeSpan MinimumAge = TimeSpan.FromMinutes(5);

    public async Task SweepAsync(AwsAccount account, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ours = ownership.PoolUids;
        var unused = (await templates.ListAsync(account, cancellationToken)).Where(template =>
            template.PoolUid is { } uid && ours.Contains(uid) && now - template.CreatedAt > MinimumAge && !IsUsed(template));
        await removal.RemoveAsync(account, "launch template", unused.Select(template => (template.Id, template)), async template =>
        {
            await templates.DeleteAsync(account, template.Id, cancellationToken);
            report.Template(template.Id, template.PoolUid);
        });
    }

    private bool IsUsed(OwnedTemplate template) =>
        pools.List().Any(pool => pool.Status?.LaunchTemplate?.Id == template.Id || pool.Status?.FurtherTemplates?.Exists(further => further.Template?.Id == template.Id) == true)
        || leases.List().Any(lease => lease.Status?.Launch is { } launch && (launch.TemplateId == template.Id || launch.Templates?.Exists(used => used.Id == template.Id) == true));
}
