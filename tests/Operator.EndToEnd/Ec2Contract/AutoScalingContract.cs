using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Clients.AutoScaling;

namespace Operator.EndToEnd.Ec2Contract;

/// <summary>EC2 Auto Scaling, by the operator's own client.</summary>
public abstract class AutoScalingContract(Uri endpoint) : AwsContract(endpoint), IAsyncLifetime
{
    private const string MotoHasNoWaits = "moto's instances are in service at once, and it has no lifecycle actions";

    private IAutoScalingClient Groups => Clients.AutoScaling(AwsAccount.Default);

    async Task IAsyncLifetime.DisposeAsync()
    {
        try
        {
            await Groups.DeleteAutoScalingGroupAsync(new() { AutoScalingGroupName = Unique, ForceDelete = true }, None);
        }
        catch (AwsException e) when (e.IsGroupNotFound)
        {
            // The fact made none, or has deleted it.
        }

        await DisposeAsync();
    }

    [Ec2ContractFact]
    public async Task Group_Created_IsFoundByNameAndTag_AsItWasMade()
    {
        var template = await CreateGroupAsync();

        var byName = await DescribeAsync();
        var byTag = await Groups.DescribeAutoScalingGroupsAsync(new() { Tag = ("contract", Unique), MaxRecords = 100 }, None);
        var other = await Groups.DescribeAutoScalingGroupsAsync(new() { Tag = ("contract", "another") }, None);

        Assert.Equal((0, 5, 0, template), (byName.MinSize, byName.MaxSize, byName.DesiredCapacity, byName.LaunchTemplateId));
        Assert.Equal(Unique, Assert.Single(byTag.AutoScalingGroups).AutoScalingGroupName);
        Assert.Equal(Unique, byName.Tags["contract"]);
        Assert.Empty(other.AutoScalingGroups);
        Assert.True(string.IsNullOrEmpty(byTag.NextToken));
    }

    [Ec2ContractFact(MotoDiffers = "moto makes the group again")]
    public async Task Group_NameTaken_IsRefused()
    {
        await CreateGroupAsync();

        var failure = await Assert.ThrowsAsync<AwsException>(async () => await Groups.CreateAutoScalingGroupAsync(await RequestAsync(), None));

        Assert.True(failure.IsGroupAlreadyExists, failure.Code);
    }

    [Ec2ContractFact]
    public async Task Desired_Raised_LaunchesMachinesWithTheGroupsTags()
    {
        await CreateGroupAsync();

        await Groups.SetDesiredCapacityAsync(new() { AutoScalingGroupName = Unique, DesiredCapacity = 2 }, None);

        var ids = (await DescribeAsync()).Instances.Select(one => one.InstanceId).Order().ToList();
        var machines = await Ec2.DescribeInstancesAsync(new() { Filters = [new("tag:contract", [Unique])] }, None);
        Assert.Equal(2, ids.Count);
        Assert.Equal(ids, machines.Reservations.SelectMany(reservation => reservation.Instances).Select(instance => instance.InstanceId).Order());
    }

    [Ec2ContractFact]
    public async Task Machine_Terminated_TakesTheDesiredCapacityWithIt()
    {
        await CreateGroupAsync(desired: 2);
        var id = (await DescribeAsync()).Instances[0].InstanceId;

        await Groups.TerminateInstanceInAutoScalingGroupAsync(new() { InstanceId = id, ShouldDecrementDesiredCapacity = true }, None);

        var group = await DescribeAsync();
        Assert.Equal(1, group.DesiredCapacity);
        Assert.DoesNotContain(group.Instances, one => one.InstanceId == id && one.LifecycleState == "InService");
    }

    [Ec2ContractFact]
    public async Task Machine_OnStandby_IsNotCounted_UntilItIsBack()
    {
        await CreateGroupAsync(desired: 2);
        var id = (await DescribeAsync()).Instances[0].InstanceId;
        await Eventually.IsTrueAsync(async () => (await DescribeAsync()).Instances.All(one => one.LifecycleState == "InService"), "the machines in service");

        await Groups.EnterStandbyAsync(new() { AutoScalingGroupName = Unique, InstanceIds = [id], ShouldDecrementDesiredCapacity = true }, None);
        var without = await DescribeAsync();
        await Groups.ExitStandbyAsync(new() { AutoScalingGroupName = Unique, InstanceIds = [id] }, None);

        Assert.Equal((1, "Standby"), (without.DesiredCapacity, without.Instances.Single(one => one.InstanceId == id).LifecycleState));
        Assert.Equal(2, (await DescribeAsync()).DesiredCapacity);
    }

    [Ec2ContractFact(MotoDiffers = "moto fails with a page of its own")]
    public async Task Machine_NotInAGroup_IsNotFound()
    {
        var failure = await Assert.ThrowsAsync<AwsException>(() => Groups.TerminateInstanceInAutoScalingGroupAsync(new() { InstanceId = "i-0123456789abcdef0", ShouldDecrementDesiredCapacity = true }, None));

        Assert.True(failure.IsNotInGroup, $"{failure.Code}: {failure.Message}");
    }

    [Ec2ContractFact]
    public async Task Hook_Put_IsDescribed_AndChanged()
    {
        await CreateGroupAsync();
        var hook = new LifecycleHook("drain", "autoscaling:EC2_INSTANCE_TERMINATING", 600, "CONTINUE");

        await Groups.PutLifecycleHookAsync(new() { AutoScalingGroupName = Unique, Hook = hook }, None);
        await Groups.PutLifecycleHookAsync(new() { AutoScalingGroupName = Unique, Hook = hook with { HeartbeatTimeout = 900 } }, None);

        Assert.Equal(hook with { HeartbeatTimeout = 900 }, Assert.Single(await Groups.DescribeLifecycleHooksAsync(new() { AutoScalingGroupName = Unique }, None)));
    }

    [Ec2ContractFact(MotoDiffers = MotoHasNoWaits)]
    public async Task Hook_MachineThatDoesNotWait_IsNoLifecycleAction()
    {
        await CreateGroupAsync();

        var failure = await Assert.ThrowsAsync<AwsException>(() => Groups.CompleteLifecycleActionAsync(
            new() { AutoScalingGroupName = Unique, LifecycleHookName = "drain", InstanceId = "i-0123456789abcdef0", LifecycleActionResult = "CONTINUE" }, None));

        Assert.True(failure.IsNoLifecycleAction, failure.Message);
    }

    [Ec2ContractFact]
    public async Task Processes_Suspended_AreDescribed()
    {
        await CreateGroupAsync();

        await Groups.SuspendProcessesAsync(new() { AutoScalingGroupName = Unique, ScalingProcesses = ["AZRebalance", "ReplaceUnhealthy"] }, None);

        Assert.Equal(["AZRebalance", "ReplaceUnhealthy"], (await DescribeAsync()).SuspendedProcesses.Order());
    }

    [Ec2ContractFact(MotoDiffers = "moto drops the policy that an update does not name")]
    public async Task Group_Updated_HasTheNewBoundsAndTags_AndKeepsTheRest()
    {
        var template = await CreateGroupAsync();

        await Groups.UpdateAutoScalingGroupAsync(new() { AutoScalingGroupName = Unique, MinSize = 0, MaxSize = 9 }, None);
        await Groups.CreateOrUpdateTagsAsync(new() { ResourceId = Unique, Tags = [new("more", "said", PropagateAtLaunch: false)] }, None);

        var group = await DescribeAsync();
        Assert.Equal((9, template, Unique, "said"), (group.MaxSize, group.LaunchTemplateId, group.Tags["contract"], group.Tags["more"]));
    }

    [Ec2ContractFact]
    public async Task Group_Deleted_IsGone_AndDeletingItAgainIsNotFound()
    {
        await CreateGroupAsync();

        await Groups.DeleteAutoScalingGroupAsync(new() { AutoScalingGroupName = Unique, ForceDelete = true }, None);

        Assert.Empty((await Groups.DescribeAutoScalingGroupsAsync(new() { AutoScalingGroupNames = [Unique] }, None)).AutoScalingGroups);
    }

    private async Task<DescribedGroup> DescribeAsync() =>
        Assert.Single((await Groups.DescribeAutoScalingGroupsAsync(new() { AutoScalingGroupNames = [Unique] }, None)).AutoScalingGroups);

    private async Task<string> CreateGroupAsync(int desired = 0)
    {
        var template = await CreateTemplateAsync();
        await Groups.CreateAutoScalingGroupAsync(await RequestAsync(desired, template.LaunchTemplateId), None);
        return template.LaunchTemplateId!;
    }

    private async Task<CreateAutoScalingGroupRequest> RequestAsync(int desired = 0, string? template = null) => new()
    {
        AutoScalingGroupName = Unique,
        MinSize = 0,
        MaxSize = 5,
        DesiredCapacity = desired,
        MixedInstancesPolicy = new(template ?? (await Ec2.DescribeLaunchTemplatesAsync(new() { LaunchTemplateNames = [Unique] }, None)).LaunchTemplates[0].LaunchTemplateId!, "1", ["m5.large", "m5a.large"], new(0, 100, "price-capacity-optimized", "")),
        Subnets = [(await AnySubnetAsync()).SubnetId!],
        HealthCheckGracePeriod = 0,
        CapacityRebalance = false,
        NewInstancesProtectedFromScaleIn = false,
        Tags = [new("contract", Unique, PropagateAtLaunch: true)],
    };
}
