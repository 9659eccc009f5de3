using Operator.Aws.Clients;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.Offerings;

namespace Operator.Aws.Fleets;

/// <summary>What a refused launch teaches: what not to ask for during the next minutes, and which answers of AWS do not hold any more.</summary>
internal sealed class LaunchLessons(
    UnavailableOfferings unavailable,
    OfferingFailures failures,
    ILaunchTemplateProvider templates,
    ImageProvider images,
    SubnetProvider subnets,
    SecurityGroupProvider securityGroups)
{
    /// <summary>Takes in the errors of one fleet.</summary>
    /// <param name="need">What was to be launched.</param>
    /// <param name="offered">What was asked for.</param>
    /// <param name="refusals">What EC2 said.</param>
    public void Learn(LaunchNeed need, IReadOnlyList<Offering> offered, IReadOnlyList<FleetRefusal> refusals)
    {
        foreach (var refusal in refusals)
        {
            if (refusal.InstanceType is { } type)
            {
                failures.Add(type, need.UsageClass, LaunchFailures.Translate(need, refusal.Error).Reason);
            }

            Remember(need, refusal.Error, [.. offered.Where(refusal.Concerns)]);
        }

        // The next pass of the pool looks again, and says what is missing.
        var errors = refusals.Select(refusal => refusal.Error).ToList();
        if (errors.Exists(error => error.IsLaunchTemplateNotFound))
        {
            templates.Forget(need.Template.Id);
        }

        if (errors.Exists(error => error.IsLaunchTemplateVersionGone))
        {
            templates.Replace(need.Template.Id);
        }

        if (errors.Exists(error => error.IsImageNotFound || error.IsImageNotShared || error.IsSnapshotNotFound))
        {
            images.Forget(need.Account);
        }

        if (errors.Exists(error => error.IsSubnetNotFound || error.IsVpcMismatch))
        {
            subnets.Forget(need.Account);
        }

        if (errors.Exists(error => error.IsSecurityGroupNotFound || error.IsVpcMismatch))
        {
            securityGroups.Forget(need.Account);
        }
    }

    /// <summary>Takes in what was launched: each machine has taken an address.</summary>
    public void Learn(IReadOnlyList<Instances.Instance> launched)
    {
        foreach (var subnet in launched.Select(instance => instance.SubnetId).OfType<string>())
        {
            subnets.Take(subnet);
        }
    }

    private void Remember(LaunchNeed need, AwsException error, IReadOnlyList<Offering> tried)
    {
        var (account, why) = (need.Account.ToString(), LaunchFailures.Translate(need, error));
        if (error.IsSpotServiceRoleMissing)
        {
            unavailable.AddUsageClass(account, need.UsageClass, why);
        }

        foreach (var offering in tried)
        {
            if (error.IsInsufficientCapacity || error.IsUnsupported)
            {
                unavailable.Add(account, need.UsageClass, offering.InstanceType, offering.Zone, why);
            }
            else if (error.IsQuotaExceeded)
            {
                unavailable.AddQuota(account, need.UsageClass, offering.InstanceType, offering.VCpus, why);
            }
            else if (error.IsSubnetFull)
            {
                unavailable.AddSubnet(account, offering.SubnetId, why);
            }
        }
    }
}

/// <summary>An error of a fleet: of one offering, or of all that it asked for.</summary>
/// <param name="Error">What EC2 said.</param>
/// <param name="InstanceType">The type that was tried; null in an error of the whole fleet.</param>
/// <param name="SubnetId">The subnet that it was tried in.</param>
/// <param name="Zone">The zone, where EC2 names that instead.</param>
internal sealed record FleetRefusal(AwsException Error, string? InstanceType = null, string? SubnetId = null, string? Zone = null)
{
    /// <summary>
    /// Whether it is about this offering: one of the type and the place that it names. What names neither is about all that was asked for; but "unsupported"
    /// may be about the request then, which other pools do not share.
    /// </summary>
    public bool Concerns(Offering offering) =>
        (InstanceType ?? SubnetId ?? Zone) is null
            ? !Error.IsUnsupported
            : (InstanceType is null || offering.InstanceType == InstanceType)
                && ((SubnetId ?? Zone) is null || offering.SubnetId == SubnetId || offering.Zone == Zone);
}
