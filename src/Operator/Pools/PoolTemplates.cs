using Operator.Aws;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.UserData;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Ownership;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Resolves a pool's launch settings and maintains its launch template.</summary>
internal sealed class PoolTemplates(
    ImageProvider images,
    SubnetProvider subnets,
    SecurityGroupProvider securityGroups,
    ILaunchTemplateProvider templates,
    HostSettingsFactory hosts,
    PoolOwnershipStore ownership)
{
    /// <summary>
    /// Ensures that the launch template of the pool's current spec exists, and before that the pool's ownership record, because the
    /// template is the first resource created in EC2.
    /// </summary>
    /// <exception cref="ProviderException">Something named in the spec does not exist or is unusable, or the record is full; the message says what to do.</exception>
    public async Task<LaunchTemplateRef> EnsureAsync(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, V1Alpha1ResourceClass resourceClass, CancellationToken cancellationToken)
    {
        var launch = pool.Spec.Launch;
        var account = PoolQueries.AccountOf(launch);
        var architecture = WireNames.Format(resourceClass.Spec.Architecture ?? Architecture.Amd64);
        var image = await images.ResolveAsync(account, PoolQueries.ImageOf(launch), architecture, cancellationToken);
        var network = await subnets.ResolveAsync(account, PoolQueries.SubnetsOf(launch), cancellationToken);
        var groups = await securityGroups.ResolveAsync(account, PoolQueries.SecurityGroupsOf(launch), VpcOf(network), cancellationToken);
        var settings = await hosts.CreateAsync(pool, architecture, cancellationToken);
        var content = new LaunchTemplateContent
        {
            ImageId = image.Id,
            UserData = Render(settings),
            IamInstanceProfile = launch.IamInstanceProfile,
            SecurityGroupIds = [.. groups.Select(group => group.Id)],
            KeyName = launch.KeyName,
            AssociatePublicIpAddress = launch.AssociatePublicIpAddress,
            Volumes = PoolQueries.VolumesOf(launch, resourceClass.Spec, image),
            HopLimit = launch.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
            Placement = PoolQueries.PlacementOf(launch),
            Tags = launch.Tags ?? [],
        };
        await ownership.AddAsync(pool, cancellationToken);
        var template = await templates.EnsureAsync(account, PoolIdentityOf(pool), content, RecordedIds(pool, leases, content.Hash()), cancellationToken);
        return template with { RootDevice = image.RootDeviceName, RootVolumeMinGiB = image.RootVolumeMinGiB };
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

    private static string VpcOf(IReadOnlyList<Subnet> network)
    {
        var byVpc = network.GroupBy(subnet => subnet.VpcId).OrderBy(subnets => subnets.Key, StringComparer.Ordinal).ToList();
        return byVpc.Count == 1
            ? byVpc[0].Key
            : throw new ProviderException(
                RunnerPoolReasons.SubnetsOfSeveralVpcs,
                $"spec.launch.subnets: {string.Join(", ", byVpc.Take(3).Select(subnets => $"{subnets.First().Id} is in {subnets.Key}"))}"
                + $"{(byVpc.Count > 3 ? ", …" : "")}; security groups belong to one VPC, so select subnets of a single VPC");
    }

    private static string Render(HostSettings settings)
    {
        try
        {
            return HostScript.Render(settings);
        }
        catch (ArgumentException e)
        {
            throw new ProviderException(RunnerPoolReasons.InvalidRunnerSpec, $"spec.runner: {e.Message}", e);
        }
    }

    private static PoolIdentity PoolIdentityOf(V1Alpha1RunnerPool pool) => new(pool.Metadata.Uid!, NamespacedName.From(pool).ToString());
}
