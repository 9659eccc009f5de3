using Operator.Aws;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Prices;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Ownership;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Maintains a pool's launch templates.</summary>
internal sealed class PoolTemplates(
    TemplateContents contents, ILaunchTemplateProvider templates, PoolOwnershipStore ownership, IStore<V1Alpha1ResourceClass> classes, TimeProvider timeProvider)
{
    /// <summary>How long a launch template that some leases want and that cannot be made is left alone.</summary>
    public static readonly TimeSpan FurtherRetry = TimeSpan.FromMinutes(1);

    private const int MaxMessageLength = 1024;

    // A change of leases must not repeat failed calls to EC2 early.
    private readonly ExpiringMap<(string PoolUid, long? PoolGeneration, string? ClassUid, long? ClassGeneration, TemplateScope Scope), ProviderException> _failures =
        new(FurtherRetry, timeProvider);

    /// <summary>Ensures that the launch templates of the pool's current spec exist, and before that the pool's ownership record: it is the first thing that is made in EC2.</summary>
    /// <exception cref="ProviderException">Something named in the spec does not exist or is unusable, or the record is full; the message says what to do.</exception>
    public async Task<PoolTemplateSet> EnsureAsync(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, V1Alpha1ResourceClass resourceClass, CancellationToken cancellationToken)
    {
        var wishes = TemplatePlanner.Wanted(pool, resourceClass, leases, classes.List());
        var common = await contents.ReadAsync(pool, resourceClass, cancellationToken);
        var (made, absent) = (new List<PoolTemplate>(), (ImageNotFoundException?)null);
        foreach (var wish in wishes)
        {
            try
            {
                made.Add(wish.Scope.IsUsual ? await MakeAsync(pool, leases, wish, common, cancellationToken) : await MakeFurtherAsync(pool, leases, wish, common, cancellationToken));
            }
            catch (ImageNotFoundException e) when (wish.IsOptional && wish.Scope.IsUsual)
            {
                absent = e;
            }
        }

        return made is [{ Template: { } first, Scope.IsUsual: true }, .. var further] ? new(first, further, absent?.Message) : throw absent!;
    }

    /// <summary>Removes every template of the pool, in all accounts where it launched machines.</summary>
    /// <exception cref="ProviderException">Some could not be removed; the others were.</exception>
    public async Task RemoveAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        ProviderException? failure = null;
        var accounts = await ownership.AccountsOfAsync(pool.Metadata.Uid!, cancellationToken);
        foreach (var account in accounts.Append(PoolQueries.AccountOf(pool.Spec.Launch)).Distinct())
        {
            try
            {
                failure = await RemoveAsync(pool, account, cancellationToken) ?? failure;
            }
            catch (ProviderException e)
            {
                failure ??= e;
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    // Only the operator writes a status, so recorded templates have the recorded content.
    private static HashSet<string> RecordedIds(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, string hash) => leases
        .Select(lease => (Hash: lease.Status?.Launch?.TemplateHash, Id: lease.Status?.Launch?.TemplateId))
        .Concat(leases.SelectMany(lease => lease.Status?.Launch?.Templates ?? []).Select(template => (template.Hash, template.Id)))
        .Concat((pool.Status?.FurtherTemplates ?? []).Select(further => (further.Template?.Hash, further.Template?.Id)))
        .Append((pool.Status?.LaunchTemplate?.Hash, pool.Status?.LaunchTemplate?.Id))
        .Where(template => template.Hash == hash).Select(template => template.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);

    private async Task<ProviderException?> RemoveAsync(V1Alpha1RunnerPool pool, AwsAccount account, CancellationToken cancellationToken)
    {
        ProviderException? failure = null;
        foreach (var template in (await templates.ListAsync(account, cancellationToken)).Where(template => template.PoolUid == pool.Metadata.Uid))
        {
            try
            {
                await templates.DeleteAsync(account, template.Id, cancellationToken);
            }
            catch (ProviderException e)
            {
                failure ??= e;
            }
        }

        return failure;
    }

    // What only some leases want keeps nobody else from being served.
    private async Task<PoolTemplate> MakeFurtherAsync(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, TemplateWish wish, LaunchSettings common, CancellationToken cancellationToken)
    {
        var key = (pool.Metadata.Uid!, pool.Metadata.Generation, wish.Class.Metadata.Uid, wish.Class.Metadata.Generation, wish.Scope);
        if (!_failures.TryGet(key, out var failure))
        {
            try
            {
                return await MakeAsync(pool, leases, wish, common, cancellationToken);
            }
            catch (ProviderException e)
            {
                failure = e;
                _failures.Set(key, e);
            }
        }

        return new(wish.Scope, Template: null) { Reason = failure.Reason, Message = ErrorText.Shorten(failure.Message, MaxMessageLength) };
    }

    private async Task<PoolTemplate> MakeAsync(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, TemplateWish wish, LaunchSettings common, CancellationToken cancellationToken)
    {
        var (content, image) = await contents.OfAsync(pool, wish, common, cancellationToken);
        await ownership.AddAsync(pool, cancellationToken);
        var template = await templates.EnsureAsync(
            PoolQueries.AccountOf(pool.Spec.Launch), PoolIdentityOf(pool), content, RecordedIds(pool, leases, content.Hash()), cancellationToken);
        return new(wish.Scope, template with
        {
            RootDevice = image.RootDeviceName,
            RootVolumeMinGiB = image.RootVolumeMinGiB,
            IsStartedByCommand = content.IsStartedByCommand == true,
            VolumesHourlyPrice = VolumePrices.HourlyOf(content.Volumes, image),
            Architecture = wish.Scope.Architecture,
            Platform = image.Platform,
        });
    }

    private static PoolIdentity PoolIdentityOf(V1Alpha1RunnerPool pool) => new(pool.Metadata.Uid!, NamespacedName.From(pool).ToString());
}

/// <summary>The launch templates of a pool.</summary>
/// <param name="First">That of its own machines, of the first architecture that it has an image of.</param>
/// <param name="Further">The others.</param>
/// <param name="Absent">Why there is none for the other architecture that its class allows; null when there is, or when the class allows one.</param>
internal sealed record PoolTemplateSet(LaunchTemplateRef First, IReadOnlyList<PoolTemplate> Further, string? Absent);
