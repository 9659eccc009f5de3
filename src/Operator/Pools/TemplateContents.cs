using Operator.Aws;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.UserData;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Resolves a pool's launch settings into what its launch templates hold.</summary>
internal sealed class TemplateContents(ImageProvider images, SubnetProvider subnets, SecurityGroupProvider securityGroups, HostSettingsFactory hosts)
{
    /// <summary>What all launch templates of a pool have in common.</summary>
    /// <exception cref="ProviderException">Something named in the spec does not exist or is unusable; the message says what to do.</exception>
    public async Task<LaunchSettings> ReadAsync(V1Alpha1RunnerPool pool, V1Alpha1ResourceClass own, CancellationToken cancellationToken)
    {
        var launch = pool.Spec.Launch;
        var account = PoolQueries.AccountOf(launch);
        var network = await subnets.ResolveAsync(account, PoolQueries.SubnetsOf(launch), cancellationToken);
        RequireAddresses(launch, network);
        var groups = await securityGroups.ResolveAsync(account, PoolQueries.SecurityGroupsOf(launch), VpcOf(network), cancellationToken);
        return new(account, groups, network.Any(subnet => subnet.IsIpv6Only), await hosts.CreateAsync(pool, own.Spec.OperatingSystem ?? OperatingSystemKind.Linux, cancellationToken));
    }

    /// <summary>What one launch template holds, and its image.</summary>
    /// <exception cref="ProviderException">There is no such image, or it is made for another architecture; the message says what to do.</exception>
    public async Task<(LaunchTemplateContent Content, ResolvedImage Image)> OfAsync(
        V1Alpha1RunnerPool pool, TemplateWish wish, LaunchSettings common, CancellationToken cancellationToken)
    {
        RequireSystem(wish, common.Hosts.OperatingSystem);
        RequireLinux(pool.Spec, common.Hosts.OperatingSystem);
        var (launch, architecture) = (pool.Spec.Launch, wish.Scope.Architecture!);
        var query = wish.Image?.Query ?? throw new ImageNotFoundException(
            $"spec.launch.images: no image with the name '{wish.Scope.Image}' is for {architecture}; add one, or choose another image or architecture");
        var image = await images.ResolveAsync(common.Account, query, architecture, cancellationToken);
        image.Require(common.Hosts.OperatingSystem);
        var spec = wish.Class.Spec;
        return (new()
        {
            ImageId = image.Id,
            UserData = Render(await hosts.CreateAsync(pool, common.Hosts with { IsIpv6 = common.IsIpv6 }, wish, cancellationToken)),
            IsStartedByCommand = launch.Bootstrap == HostBootstrap.SSM ? true : null,
            IamInstanceProfile = launch.IamInstanceProfile,
            SecurityGroupIds = [.. common.Groups.Select(group => group.Id)],
            KeyName = launch.KeyName,
            AssociatePublicIpAddress = launch.AssociatePublicIpAddress,
            Volumes = [.. PoolQueries.VolumesOf(launch, spec, image), .. WarmUps.VolumesOf(pool.Spec.Runner)],
            HopLimit = launch.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
            HasMetadataIpv6 = common.IsIpv6 ? true : null,
            NestedVirtualization = spec.NestedVirtualization == true ? true : null,
            Hibernation = PoolQueries.Hibernates(pool.Spec) ? true : null,
            CpuCredits = spec.CpuCredits is { } credits ? WireNames.Format(credits) : null,
            Placement = PoolQueries.PlacementOf(launch),
            Tags = launch.Tags ?? [],
        }, image);
    }

    // Scripts, hooks and labels of a pool are for one operating system.
    private static void RequireSystem(TemplateWish wish, OperatingSystemKind system)
    {
        if ((wish.Class.Spec.OperatingSystem ?? OperatingSystemKind.Linux) is var other && other != system)
        {
            throw new ProviderException(
                RunnerLeaseReasons.OperatingSystemMismatch,
                $"the ResourceClass '{wish.Class.Metadata.Name}' is for {WireNames.Format(other)} and the pool for {WireNames.Format(system)}; choose another class, or a pool for {WireNames.Format(other)}");
        }
    }

    // What the host script of Windows does not have.
    private static void RequireLinux(RunnerPoolSpec spec, OperatingSystemKind system)
    {
        var field = system == OperatingSystemKind.Linux ? null
            : spec.Launch.Bootstrap == HostBootstrap.SSM ? "launch.bootstrap: SSM"
            : spec.Capacity.Standby is { } standby && (standby.Stopped ?? 0) + (standby.Hibernated ?? 0) > 0 ? "capacity.standby"
            : null;
        if (field is not null)
        {
            throw new ProviderException(RunnerPoolReasons.InvalidRunnerSpec, $"spec.{field} is for Linux only, and the pool's ResourceClass is for {WireNames.Format(system)}; leave it out");
        }
    }

    private static void RequireAddresses(LaunchSpec launch, IReadOnlyList<Subnet> network)
    {
        if (launch.AssociatePublicIpAddress == true && network.FirstOrDefault(subnet => subnet.IsIpv6Only) is { } without)
        {
            throw new ProviderException(
                RunnerPoolReasons.SubnetWithoutIpv4,
                $"spec.launch.associatePublicIpAddress: {without.Id} is an IPv6-only subnet, in which machines get no IPv4 address; leave the field out, or name other subnets");
        }
    }

    private static string VpcOf(IReadOnlyList<Subnet> network)
    {
        var byVpc = network.GroupBy(subnet => subnet.VpcId).OrderBy(subnets => subnets.Key, StringComparer.Ordinal).ToList();
        return byVpc.Count == 1
            ? byVpc[0].Key
            : throw new ProviderException(
                RunnerPoolReasons.SubnetsOfSeveralVpcs,
                $"spec.launch.subnets: {string.Join(", ", byVpc.Take(3).Select(subnets => $"{subnets.First().Id} is in {subnets.Key}"))}"
                + $"{(byVpc.Count > 3 ? ", …" : "")}; security groups belong to one VPC, so name subnets of one");
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
}

/// <summary>What all launch templates of a pool have in common.</summary>
/// <param name="Account">Where.</param>
/// <param name="Groups">The security groups.</param>
/// <param name="IsIpv6">Whether some machines have IPv6 addresses only.</param>
/// <param name="Hosts">The settings of the host script, but for the runner's build.</param>
internal sealed record LaunchSettings(AwsAccount Account, IReadOnlyList<SecurityGroup> Groups, bool IsIpv6, HostSettings Hosts);
