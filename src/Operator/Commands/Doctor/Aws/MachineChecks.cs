using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Images;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Aws.Reservations;
using Operator.Entities.ResourceClasses;
using Operator.Leases;
using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Commands.Doctor.Aws;

/// <summary>The image exists and has the class's architecture.</summary>
internal sealed class ImageCheck(ImageProvider images) : MachineCheck("image")
{
    public override async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var (launch, found, absent) = (subject.Pool.Spec.Launch, new List<string>(), new List<ImageNotFoundException>());
        foreach (var architecture in subject.Architectures)
        {
            var chosen = PoolQueries.ImageOf(launch, name: null, architecture)!;
            try
            {
                var image = await images.ResolveAsync(subject.Account, chosen.Query, architecture, cancellationToken);
                image.Require(subject.Class?.Spec.OperatingSystem ?? OperatingSystemKind.Linux);
                found.Add($"{image.Id} {image.Name}");
            }
            catch (ImageNotFoundException e) when (subject.Architectures.Count > 1 && !chosen.IsOfArchitecture)
            {
                absent.Add(e); // one of the two will do
            }
        }

        return found.Count > 0 ? CheckResult.Ok(string.Join("; ", found.Concat(absent.Select(none => none.Message)))) : throw absent[0];
    }
}

/// <summary>The subnets exist and have free addresses.</summary>
internal sealed class SubnetsCheck(SubnetProvider subnets) : MachineCheck("subnets")
{
    public override async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var found = await subnets.ResolveAsync(subject.Account, PoolQueries.SubnetsOf(subject.Pool.Spec.Launch), cancellationToken);
        var chosen = SubnetChoice.OnePerZone(found);
        var free = chosen.Sum(subnet => (long)subnet.AvailableIps);
        var most = subject.Pool.Spec.Capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners;
        return free < most
            ? CheckResult.Warning($"{free} addresses are free, fewer than maxRunners ({most}); add subnets in spec.launch.subnets, or free addresses")
            : CheckResult.Ok($"{found.Count} in {string.Join(", ", chosen.Select(subnet => subnet.Zone))}");
    }
}

/// <summary>The security groups exist, in the subnets' VPC.</summary>
internal sealed class SecurityGroupsCheck(SubnetProvider subnets, SecurityGroupProvider groups) : MachineCheck("security groups")
{
    public override async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var launch = subject.Pool.Spec.Launch;
        string? vpc = null;
        try
        {
            vpc = (await subnets.ResolveAsync(subject.Account, PoolQueries.SubnetsOf(launch), cancellationToken))[0].VpcId;
        }
        catch (ResourceNotFoundException)
        {
            // Reported by the check of the subnets.
        }

        var found = await groups.ResolveAsync(subject.Account, PoolQueries.SecurityGroupsOf(launch), vpc, cancellationToken);
        return CheckResult.Ok(string.Join(", ", found.Select(group => group.Id)));
    }
}

/// <summary>Instance types of the class are offered in the pool's zones.</summary>
internal sealed class InstanceTypesCheck(MachineOffers offers) : MachineCheck("instance types")
{
    private const int FlexibleTypes = 5;

    public override bool Concerns(PoolSubject subject) => subject.Class is not null;

    public override async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var types = (await offers.FindAsync(subject, cancellationToken)).Select(offer => offer.InstanceType).Distinct().ToList();
        return types.Count switch
        {
            0 => CheckResult.Failed($"no instance type that the zones of the subnets offer matches the ResourceClass '{subject.Class!.Metadata.Name}'; "
                + "lower the requirements, widen its instanceTypes, or add subnets in other zones"),
            < FlexibleTypes when MachineOffers.UsageClassOf(subject) == "spot" => CheckResult.Warning(
                $"only {types.Count} types match ({string.Join(", ", types)}): spot capacity may be hard to get; allow more families"),
            _ => CheckResult.Ok($"{types.Count} match, from {types[0]}"),
        };
    }
}

/// <summary>The capacity reservations that the pool names exist, and its machines fit them.</summary>
internal sealed class ReservationsCheck(CapacityReservationProvider reservations, ReservedCapacity capacity, SubnetProvider subnets) : MachineCheck("reservations")
{
    public override bool Concerns(PoolSubject subject) => subject is { Class: not null, Pool.Spec.Purchasing.CapacityReservations.Count: > 0 };

    public override async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var (account, launch, selectors) = (subject.Account, subject.Pool.Spec.Launch, PoolQueries.ReservationsOf(subject.Pool.Spec.Purchasing));
        var network = await subnets.ResolveAsync(account, PoolQueries.SubnetsOf(launch), cancellationToken);
        var platform = subject.Pool.Status?.LaunchTemplate?.Platform ?? Platforms.Linux;
        var use = PoolQueries.ReservationUseOf(subject.Pool.Spec, MachineNeedsReader.Read(subject.Class!.Spec, narrowed: null), platform, network);
        if (await capacity.ProblemOfAsync(account, selectors, use, cancellationToken) is { } problem)
        {
            return CheckResult.Failed($"{problem.Reason}: {problem.Message}");
        }

        var meant = (await reservations.ListAsync(account, cancellationToken)).Selected(selectors);
        return CheckResult.Ok($"{meant.Sum(reservation => reservation.Available)} of {meant.Sum(reservation => reservation.Total)} slots are free in "
            + string.Join(", ", meant.Select(reservation => $"{reservation.Id} ({reservation.InstanceType} in {reservation.Zone})")));
    }
}

/// <summary>The offerings that a pool could launch now.</summary>
internal sealed class MachineOffers(InstanceTypeProvider instanceTypes, SubnetProvider subnets)
{
    // A reserved machine is one on demand to EC2.
    public static string UsageClassOf(PoolSubject subject) => WireNames.Format(
        subject.Pool.Spec.Purchasing.UsageClass switch { Entities.RunnerPools.UsageClass.Reserved => Entities.RunnerPools.UsageClass.OnDemand, var bought => bought ?? Entities.RunnerPools.UsageClass.Spot });

    public async Task<IReadOnlyList<Offering>> FindAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var needs = MachineNeedsReader.Read(subject.Class!.Spec, narrowed: null);
        var catalogue = await instanceTypes.ListAsync(subject.Account, cancellationToken);
        var network = await subnets.ResolveAsync(subject.Account, PoolQueries.SubnetsOf(subject.Pool.Spec.Launch), cancellationToken);
        var zones = network.Select(subnet => subnet.Zone).ToHashSet(StringComparer.Ordinal);
        var types = OfferingSelector.Candidates(
            catalogue, needs, UsageClassOf(subject), zones, PriceFactor.From(subject.Pool.Spec.Purchasing), OnDemandPrices.Find);
        return OfferingSelector.Offer(types, network, (_, _) => false, UsageClassOf(subject), RegionPrices.Bundled);
    }
}

/// <summary>EC2 would launch the pool's template: it accepts the instance profile, and the operator may pass its role.</summary>
internal sealed class LaunchCheck(MachineOffers offers, IAwsClientFactory clients, ClusterIdentity cluster) : MachineCheck("launch")
{
    public override bool Concerns(PoolSubject subject) => subject is { Class: not null, Pool.Status.LaunchTemplate.Id: not null };

    public override async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var architecture = subject.Pool.Status!.LaunchTemplate!.Architecture;
        if ((await offers.FindAsync(subject, cancellationToken)).FirstOrDefault(one => architecture is null || one.Architecture == architecture) is not { } offer)
        {
            return CheckResult.Warning("not tried: no instance type matches");
        }

        var (template, profile) = (subject.Pool.Status!.LaunchTemplate!.Id!, subject.Pool.Spec.Launch.IamInstanceProfile);
        try
        {
            await clients.Ec2(subject.Account).RunInstancesAsync(RequestOf(template, offer), cancellationToken);
        }
        catch (AwsException e) when (e.IsUnauthorized)
        {
            return CheckResult.Failed($"AWS denies ec2:RunInstances or iam:PassRole for the instance profile {profile}; give the operator the policy that "
                + "operator iam --runner-role prints, with the name of the role in that profile");
        }
        catch (AwsException e) when (e.Message.Replace(" ", "", StringComparison.Ordinal).Contains("InstanceProfile", StringComparison.OrdinalIgnoreCase))
        {
            return CheckResult.Failed($"EC2 rejects the instance profile {profile} ({e.Message}); create it (operator iam prints it), or correct spec.launch.iamInstanceProfile");
        }
        catch (AwsException e) when (e.IsDryRunPassed)
        {
            // The only result of a successful dry run.
        }

        return CheckResult.Ok($"{offer.InstanceType} by {template} with the instance profile {profile}");
    }

    private Amazon.EC2.Model.RunInstancesRequest RequestOf(string template, Offering offer) => new()
    {
        LaunchTemplate = new() { LaunchTemplateId = template, Version = "1" },
        InstanceType = offer.InstanceType,
        SubnetId = offer.SubnetId,
        MinCount = 1,
        MaxCount = 1,
        TagSpecifications = [new() { ResourceType = "instance", Tags = [new(Tags.Cluster, cluster.Id)] }],
        DryRun = true,
    };
}
