using Operator.Aws.Clients;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.Offerings;

namespace Operator.Aws.Fleets;

/// <summary>Applies refused launches: which offerings to skip for some minutes, and which cached AWS answers are no longer valid.</summary>
internal sealed class LaunchLessons(
    UnavailableOfferings unavailable,
    OfferingFailures failures,
    ILaunchTemplateProvider templates,
    ImageProvider images,
    SubnetProvider subnets,
    SecurityGroupProvider securityGroups)
{
    /// <summary>Applies the errors of one fleet.</summary>
    /// <param name="need">What was to be launched.</param>
    /// <param name="offered">The requested offerings.</param>
    /// <param name="refusals">EC2's errors.</param>
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

        // The next reconcile of the pool looks again and reports what is missing.
        var errors = refusals.Select(refusal => refusal.Error).ToList();
        if (errors.Exists(error => error.IsLaunchTemplateNotFound))
        {
            Each(need, template => templates.Forget(template.Id));
        }

        if (errors.Exists(error => error.IsLaunchTemplateVersionGone))
        {
            Each(need, template => templates.Replace(template.Id));
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

    /// <summary>Accounts for launched machines, each of which has taken an address.</summary>
    public void Learn(IReadOnlyList<Instances.Instance> launched)
    {
        foreach (var subnet in launched.Select(instance => instance.SubnetId).OfType<string>())
        {
            subnets.Take(subnet);
        }
    }

    // EC2 names the missing one in words only; what is forgotten in vain is found again by one call.
    private static void Each(LaunchNeed need, Action<LaunchTemplateRef> act)
    {
        foreach (var template in need.Templates)
        {
            act(template);
        }
    }

    private void Remember(LaunchNeed need, AwsException error, IReadOnlyList<Offering> tried)
    {
        var (account, why) = (need.Account.ToString(), LaunchFailures.Translate(need, error));
        if (need.Slot is { } slot)
        {
            // Whatever it is, other machines will do meanwhile.
            unavailable.AddReservation(account, slot.ReservationId, why);
        }

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

/// <summary>An error of a fleet: about one offering, or about the whole request.</summary>
/// <param name="Error">EC2's error.</param>
/// <param name="InstanceType">The type that was tried; null in an error of the whole fleet.</param>
/// <param name="SubnetId">The subnet that it was tried in.</param>
/// <param name="Zone">The zone, if EC2 names that instead.</param>
internal sealed record FleetRefusal(AwsException Error, string? InstanceType = null, string? SubnetId = null, string? Zone = null)
{
    /// <summary>
    /// Whether it is about this offering, that is about the type and zone it names. If it names neither, it is about the whole request; but
    /// then "unsupported" may be a property of the request, which other pools do not share.
    /// </summary>
    public bool Concerns(Offering offering) =>
        (InstanceType ?? SubnetId ?? Zone) is null
            ? !Error.IsUnsupported
            : (InstanceType is null || offering.InstanceType == InstanceType)
                && ((SubnetId ?? Zone) is null || offering.SubnetId == SubnetId || offering.Zone == Zone);
}
