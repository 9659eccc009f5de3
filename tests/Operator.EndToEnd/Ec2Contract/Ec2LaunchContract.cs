using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Fleets;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Reservations;

namespace Operator.EndToEnd.Ec2Contract;

/// <summary>Launch templates, fleets and instances.</summary>
public abstract class Ec2LaunchContract(Uri endpoint) : AwsContract(endpoint)
{
    private const string MotoHasNoTokens = "moto does not remember client tokens";

    [Ec2ContractFact]
    public async Task LaunchTemplate_Created_IsFoundByNameAndTag()
    {
        var created = await CreateTemplateAsync();

        var byName = await Ec2.DescribeLaunchTemplatesAsync(new() { LaunchTemplateNames = [Unique] }, None);
        var byTag = await Ec2.DescribeLaunchTemplatesAsync(new() { Filters = [new("tag:contract", [Unique])] }, None);

        Assert.StartsWith("lt-", created.LaunchTemplateId, StringComparison.Ordinal);
        Assert.Equal(created.LaunchTemplateId, Assert.Single(byName.LaunchTemplates).LaunchTemplateId);
        Assert.Equal(created.LaunchTemplateId, Assert.Single(byTag.LaunchTemplates).LaunchTemplateId);
        Assert.Contains(byTag.LaunchTemplates[0].Tags, tag => tag.Key == "contract" && tag.Value == Unique);
        Assert.Equal((1L, 1L), (byName.LaunchTemplates[0].DefaultVersionNumber, byName.LaunchTemplates[0].LatestVersionNumber));
        Assert.NotNull(byName.LaunchTemplates[0].CreateTime);
    }

    [Ec2ContractFact]
    public async Task LaunchTemplate_NameTaken_IsRefused()
    {
        await CreateTemplateAsync();

        var failure = await Assert.ThrowsAsync<AwsException>(() => CreateTemplateAsync());

        Assert.True(failure.IsLaunchTemplateAlreadyExists, failure.Code);
    }

    [Ec2ContractFact]
    public async Task LaunchTemplate_Deleted_IsGone()
    {
        var created = await CreateTemplateAsync();

        await Ec2.DeleteLaunchTemplateAsync(new() { LaunchTemplateId = created.LaunchTemplateId }, None);
        Forget(created);

        Assert.Empty((await Ec2.DescribeLaunchTemplatesAsync(new() { Filters = [new("tag:contract", [Unique])] }, None)).LaunchTemplates);
        var failure = await Assert.ThrowsAsync<AwsException>(() => Ec2.DescribeLaunchTemplatesAsync(new() { LaunchTemplateNames = [Unique] }, None));
        Assert.True(failure.IsLaunchTemplateNotFound, failure.Code);
    }

    [Ec2ContractFact]
    public async Task LaunchTemplate_DeleteUnknown_IsNotFound()
    {
        var failure = await Assert.ThrowsAsync<AwsException>(
            () => Ec2.DeleteLaunchTemplateAsync(new() { LaunchTemplateId = "lt-0123456789abcdef0" }, None));

        Assert.True(failure.IsLaunchTemplateNotFound, failure.Code);
    }

    [Ec2ContractFact(MotoDiffers = MotoHasNoTokens)]
    public async Task LaunchTemplate_SameToken_IsTheSameTemplate()
    {
        var first = await CreateTemplateAsync(Unique);
        var second = await CreateTemplateAsync(Unique);

        Assert.Equal(first.LaunchTemplateId, second.LaunchTemplateId);
    }

    [Ec2ContractFact]
    public async Task Fleet_Instant_LaunchesWhatTheTemplateSays()
    {
        await CreateTemplateAsync();
        var subnet = await AnySubnetAsync();

        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));

        var instance = Assert.Single(await DescribeAsync(new Filter("instance-id", [id])));
        Assert.Equal((id, "m5.large", subnet.SubnetId), (instance.InstanceId, instance.InstanceType.Value, instance.SubnetId));
        Assert.Equal(subnet.AvailabilityZone, instance.Placement!.AvailabilityZone);
        Assert.Contains(instance.State!.Name.Value, new[] { "pending", "running" });
        Assert.NotNull(instance.LaunchTime);
        Assert.NotEmpty(instance.PrivateIpAddress!);
    }

    // As the operator writes them: a template is not checked when it is made.
    [Ec2ContractFact]
    public async Task LaunchTemplate_ShapeOfAMachine_IsTaken()
    {
        var content = new LaunchTemplateContent
        {
            ImageId = await AnyImageAsync(),
            UserData = "#!/bin/sh",
            NestedVirtualization = true,
            CpuCredits = "standard",
            HasMetadataIpv6 = true,
            Volumes = [new("/dev/xvda", 100, "gp3", 4000, 500, Encrypted: null, KmsKeyId: null) { InitializationRate = 200 }],
        };

        var created = await CreateTemplateAsync(LaunchTemplateRequests.Create(Unique, Unique, new(Unique, "ci/linux"), content));

        Assert.StartsWith("lt-", created.LaunchTemplateId, StringComparison.Ordinal);
    }

    [Ec2ContractFact]
    public async Task Fleet_TwoTemplates_OneForEachArchitecture_LaunchesOneOfThem()
    {
        await CreateTemplateAsync();
        var arm = await TemplateRequestAsync();
        (arm.LaunchTemplateName, arm.LaunchTemplateData!.ImageId) = (Unique + "-arm", await AnyImageAsync("arm64"));
        await CreateTemplateAsync(arm);
        var request = await FleetRequestAsync(1);
        request.LaunchTemplateConfigs!.Add(new()
        {
            LaunchTemplateSpecification = new() { LaunchTemplateName = arm.LaunchTemplateName, Version = "$Latest" },
            Overrides = [new() { InstanceType = "m6g.large", SubnetId = (await AnySubnetAsync()).SubnetId }],
        });

        var id = Assert.Single(await LaunchAsync(request));

        var instance = Assert.Single(await DescribeAsync(new Filter("instance-id", [id])));
        Assert.Equal(instance.InstanceType!.Value == "m6g.large" ? "arm64" : "x86_64", instance.Architecture!.Value);
    }

    [Ec2ContractFact(MotoDiffers = "moto before 5.2 names only the first instance of a fleet")]
    public async Task Fleet_OfSeveral_NamesThemAll()
    {
        await CreateTemplateAsync();

        var ids = await LaunchAsync(await FleetRequestAsync(3));

        Assert.Equal(3, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Ec2ContractFact(MotoDiffers = "moto before 5.2 ignores the tags of a fleet request")]
    public async Task Fleet_TagsOfInstances_AreThereFromTheStart()
    {
        await CreateTemplateAsync();

        var ids = await LaunchAsync(await FleetRequestAsync(1));

        Assert.Equal(ids, (await DescribeAsync(new Filter("tag:contract", [Unique]))).Select(instance => instance.InstanceId!));
    }

    [Ec2ContractFact(MotoDiffers = MotoHasNoTokens)]
    public async Task Fleet_SameToken_LaunchesOnce()
    {
        await CreateTemplateAsync();
        var request = await FleetRequestAsync(1, Unique);

        var first = await LaunchAsync(request);
        var second = await LaunchAsync(request);
        var other = await FleetRequestAsync(2, Unique);

        Assert.Equal(first, second);
        var failure = await Assert.ThrowsAsync<AwsException>(() => LaunchAsync(other));
        Assert.True(failure.IsIdempotentParameterMismatch, failure.Code);
    }

    // Interrupted instances are queried by id and state.
    [Ec2ContractFact]
    public async Task SpotRequests_NothingIsInterrupted_AreNone()
    {
        await CreateTemplateAsync();
        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));

        var answer = await Ec2.DescribeSpotInstanceRequestsAsync(
            new() { Filters = [new Filter("instance-id", [id]), new Filter("status-code", ["instance-terminated-no-capacity", "marked-for-termination"])] }, None);

        Assert.Empty(answer.SpotInstanceRequests);
    }

    // The operator's own requests with all that a pool may ask for.
    [Ec2ContractFact]
    public async Task Fleet_WithEveryOption_IsTaken()
    {
        var content = new LaunchTemplateContent
        {
            ImageId = await AnyImageAsync(),
            UserData = "#!/bin/sh",
            SecurityGroupIds = [(await Ec2.DescribeSecurityGroupsAsync(new(), None)).SecurityGroups[0].GroupId!],
            Volumes = [new("/dev/sdf", SizeGiB: 30, "gp3", Iops: 3000, Throughput: 125, Encrypted: true, KmsKeyId: null)],
            HopLimit = 2,
            Placement = new(GroupName: null, "default", HostId: null, HostResourceGroupArn: null),
            Tags = new Dictionary<string, string> { ["contract"] = Unique },
        };
        var template = (await Ec2.CreateLaunchTemplateAsync(LaunchTemplateRequests.Create(Unique, "cluster", new("uid", "ci/linux"), content), None)).LaunchTemplate!;
        Remember(template);
        var subnet = await AnySubnetAsync();
        foreach (var (usageClass, strategy) in new[] { ("on-demand", ""), ("spot", "price-capacity-optimized"), ("spot", "capacity-optimized-prioritized") })
        {
            var need = NeedOf(template, usageClass) with { MaxSpotPrice = "0.50", SpotAllocationStrategy = strategy, RootVolume = new("/dev/xvda", 40) };
            var request = FleetRequests.Create(new(Guid.NewGuid().ToString("N"), need, Count: 1), [new("m5.large", subnet.AvailabilityZone!, subnet.SubnetId!, 0.1m)], "cluster");

            Assert.Single(await LaunchAsync(request));
        }
    }

    // A reservation is named by the call, and the machine is of the template all the same.
    [Ec2ContractFact]
    public async Task RunInstances_IntoAReservation_LaunchesWhatTheTemplateSays()
    {
        var template = await CreateTemplateAsync();
        var subnet = await AnySubnetAsync();
        var slot = new ReservedSlot(ReservationIn(subnet.AvailabilityZone!), "m5.large", subnet.AvailabilityZone!, subnet.SubnetId!);
        var order = new LaunchRequest(Guid.NewGuid().ToString("N"), NeedOf(template, "reserved") with { Slot = slot }, Count: 1);

        var answer = await Ec2.RunInstancesAsync(ReservedRequests.Create(order, slot, "cluster"), None);

        var launched = Assert.Single(ReservedRequests.InstancesOf(answer, order, slot, DateTimeOffset.UnixEpoch));
        Launched([launched.Id]);
        var instance = Assert.Single(await DescribeAsync(new Filter($"tag:{Operator.Common.Tags.Intent}", [order.IntentId])));
        Assert.Equal((launched.Id, "m5.large", subnet.SubnetId), (instance.InstanceId, instance.InstanceType.Value, instance.SubnetId));
    }

    [Ec2ContractFact(MotoDiffers = "moto has no capacity reservations")]
    public async Task Reservations_Described_HaveTheirFacts()
    {
        var zone = (await AnySubnetAsync()).AvailabilityZone!;
        var id = ReservationIn(zone);

        var answer = await Ec2.DescribeCapacityReservationsAsync(new() { MaxResults = 1000 }, None);

        var reservation = Assert.Single(answer.CapacityReservations, row => row.CapacityReservationId == id);
        Assert.Equal(("m5.large", zone, "active", "default"), (reservation.InstanceType, reservation.AvailabilityZone, reservation.State.Value, reservation.ReservationType.Value));
        Assert.True(reservation.AvailableInstanceCount <= reservation.TotalInstanceCount);
    }

    /// <summary>A capacity reservation for m5.large in a zone.</summary>
    private protected virtual string ReservationIn(string zone) => "cr-0123456789abcdef0";

    private static LaunchNeed NeedOf(LaunchTemplate template, string usageClass) => new(
        AwsAccount.Default, "uid", "ci/linux", new(template.LaunchTemplateId!, template.LaunchTemplateName!, "1", "hash"), usageClass, MaxSpotPrice: null,
        new(2, 4096, IsExact: false, "amd64", 0, [], [], []), ResourceSelector.ByIds(["subnet-a"]), new Dictionary<string, string>());

    [Ec2ContractFact]
    public async Task Fleet_TemplateGone_SaysSo()
    {
        var request = await FleetRequestAsync(1);
        string? code;
        try
        {
            code = (await Ec2.CreateFleetAsync(request, None)).Errors.FirstOrDefault()?.ErrorCode;
        }
        catch (AwsException failure)
        {
            code = failure.Code;
        }

        Assert.True(Ec2Errors.IsLaunchTemplateNotFound(code), code);
    }

    [Ec2ContractFact]
    public async Task Instances_ManyPages_AreAllFoundByTag()
    {
        await CreateTemplateAsync();
        var ids = new List<string>();
        foreach (var _ in Enumerable.Range(0, 6))
        {
            // One at a time: a reservation may not be cut, so that pages would be fuller than asked for.
            ids.AddRange(await LaunchAsync(await FleetRequestAsync(1)));
        }

        await Ec2.CreateTagsAsync(new() { Resources = ids, Tags = [new("colour", Unique)] }, None);

        var pages = 0;
        var found = await Pages.AllAsync(
            token =>
            {
                pages++;
                return Ec2.DescribeInstancesAsync(new() { Filters = [new("tag:colour", [Unique])], MaxResults = 5, NextToken = token }, None);
            },
            page => page.Reservations.SelectMany(reservation => reservation.Instances),
            page => page.NextToken);

        Assert.Equal(ids.Order(StringComparer.Ordinal), found.Select(instance => instance.InstanceId!).Order(StringComparer.Ordinal));
        Assert.All(found, instance => Assert.Contains(instance.Tags, tag => tag.Key == "colour" && tag.Value == Unique));
        Assert.Equal(2, pages);
    }

    [Ec2ContractFact]
    public async Task Tags_WrittenAgain_AreOverwritten()
    {
        await CreateTemplateAsync();
        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));

        await Ec2.CreateTagsAsync(new() { Resources = [id], Tags = [new("colour", "1")] }, None);
        await Ec2.CreateTagsAsync(new() { Resources = [id], Tags = [new("colour", "2")] }, None);

        var tags = Assert.Single(await DescribeAsync(new Filter("instance-id", [id]))).Tags;
        Assert.Equal("2", Assert.Single(tags, tag => tag.Key == "colour").Value);
    }

    [Ec2ContractFact]
    public async Task StopAndStart_KeepTheInstance_AndMayBeRepeated()
    {
        await CreateTemplateAsync();
        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));

        var stopped = Assert.Single((await Ec2.StopInstancesAsync(new() { InstanceIds = [id] }, None)).StoppingInstances);
        await Ec2.StopInstancesAsync(new() { InstanceIds = [id] }, None);
        Assert.Equal(id, stopped.InstanceId);
        Assert.Contains(stopped.CurrentState!.Name.Value, new[] { "stopping", "stopped" });
        await Eventually.IsTrueAsync(async () => (await DescribeAsync(new Filter("instance-id", [id]), new Filter("instance-state-name", ["stopped"]))).Count == 1, "the instance stopped");

        var started = Assert.Single((await Ec2.StartInstancesAsync(new() { InstanceIds = [id] }, None)).StartingInstances);
        await Ec2.StartInstancesAsync(new() { InstanceIds = [id] }, None);
        Assert.Equal(id, started.InstanceId);
        Assert.Contains(started.CurrentState!.Name.Value, new[] { "pending", "running" });
        Assert.Equal(id, Assert.Single(await DescribeAsync(new Filter("instance-id", [id]), new Filter("instance-state-name", ["pending", "running"]))).InstanceId);
    }

    [Ec2ContractFact]
    public async Task StartAndStop_UnknownId_AreNotFound()
    {
        const string Unknown = "i-0123456789abcdef0";
        Assert.True((await Assert.ThrowsAsync<AwsException>(() => Ec2.StartInstancesAsync(new() { InstanceIds = [Unknown] }, None))).IsInstanceNotFound);
        Assert.True((await Assert.ThrowsAsync<AwsException>(() => Ec2.StopInstancesAsync(new() { InstanceIds = [Unknown] }, None))).IsInstanceNotFound);
    }

    [Ec2ContractFact(MotoDiffers = "moto starts what is terminated, and hibernates everything")]
    public async Task StartAndHibernate_WhatCannotBe_AreRefused()
    {
        await CreateTemplateAsync();
        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));
        var hibernation = await Assert.ThrowsAsync<AwsException>(() => Ec2.StopInstancesAsync(new() { InstanceIds = [id], Hibernate = true }, None));
        Assert.True(hibernation.IsUnsupported, hibernation.Code);
        await Ec2.TerminateInstancesAsync(new() { InstanceIds = [id] }, None);

        var start = await Assert.ThrowsAsync<AwsException>(() => Ec2.StartInstancesAsync(new() { InstanceIds = [id] }, None));
        Assert.Equal("IncorrectInstanceState", start.Code);
    }

    [Ec2ContractFact]
    public async Task Terminate_Running_EndsAndMayBeRepeated()
    {
        await CreateTemplateAsync();
        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));

        var change = Assert.Single((await Ec2.TerminateInstancesAsync(new() { InstanceIds = [id] }, None)).TerminatingInstances);
        await Ec2.TerminateInstancesAsync(new() { InstanceIds = [id] }, None);

        Assert.Equal(id, change.InstanceId);
        Assert.Contains(change.CurrentState!.Name.Value, new[] { "shutting-down", "terminated" });
        Assert.Empty(await DescribeAsync(new Filter("instance-id", [id]), new Filter("instance-state-name", ["pending", "running"])));
    }

    [Ec2ContractFact]
    public async Task Terminate_UnknownId_IsNotFound()
    {
        var failure = await Assert.ThrowsAsync<AwsException>(
            () => Ec2.TerminateInstancesAsync(new() { InstanceIds = ["i-0123456789abcdef0"] }, None));

        Assert.True(failure.IsInstanceNotFound, failure.Code);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, failure.Status);
        Assert.Contains("i-0123456789abcdef0", failure.Message, StringComparison.Ordinal);
    }

    [Ec2ContractFact(MotoDiffers = "moto takes every text for an id")]
    public async Task Terminate_MalformedId_IsMalformed()
    {
        var failure = await Assert.ThrowsAsync<AwsException>(() => Ec2.TerminateInstancesAsync(new() { InstanceIds = ["no-id"] }, None));

        Assert.True(failure.IsMalformed, failure.Code);
    }

    [Ec2ContractFact]
    public async Task ConsoleOutput_OfAnInstance_IsBase64()
    {
        await CreateTemplateAsync();
        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));

        var console = await Ec2.GetConsoleOutputAsync(new() { InstanceId = id }, None);

        Assert.Equal(id, console.InstanceId);
        Assert.NotNull(Convert.FromBase64String(console.Output ?? ""));
    }

    private async Task<List<Instance>> DescribeAsync(params Filter[] filters) =>
        [.. (await Ec2.DescribeInstancesAsync(new() { Filters = [.. filters] }, None)).Reservations.SelectMany(reservation => reservation.Instances)];
}
