using Operator.Simulator.Aws.AutoScaling;
using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ec2.Images;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Ec2.InstanceTypes;
using Operator.Simulator.Aws.Ec2.LaunchTemplates;
using Operator.Simulator.Aws.Ec2.Network;
using Operator.Simulator.Aws.Ec2.Reservations;
using Operator.Simulator.Aws.Iam;
using Operator.Simulator.Aws.PriceList;
using Operator.Simulator.Aws.Sqs;
using Operator.Simulator.Aws.Ssm;
using Operator.Simulator.Aws.Sts;
using Operator.Simulator.Aws.Wire;
using Operator.Simulator.Faults;
using Operator.Simulator.Network;

namespace Operator.Simulator.Aws;

/// <summary>
/// One region of AWS as far as the operator uses it: EC2, Parameter Store and STS on one port, on a clock that can be driven. Its methods
/// inject faults; state read in process is current, without eventual consistency.
/// </summary>
public sealed class SimulatedAws : IAsyncDisposable
{
    private readonly AwsEndpoint _endpoint;
    private readonly TimeProvider _time;
    private readonly INetwork? _network;

    /// <summary>Creates the region; <see cref="StartAsync"/> opens it to the network.</summary>
    /// <param name="time">The clock of everything in it.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="network">Where it listens; on loopback when null.</param>
    public SimulatedAws(TimeProvider time, SimulatedAwsOptions? options = null, INetwork? network = null)
    {
        (_time, _network) = (time, network);
        Options = options ?? new SimulatedAwsOptions();
        ParameterStore = new ParameterStore(Options, time);
        Ec2 = new Ec2World(Options, ParameterStore, time);
        Agents = new Agents(Ec2);
        Groups = new SimulatedGroups(Ec2);
        Iam = new IamGate(Options, Ec2, ParameterStore, Groups.Engine);
        Ec2.Lifecycle.MayTag = (instance, tags) => MachinesMayTag && Iam.AllowsTags(instance, tags);
        _endpoint = new AwsEndpoint(
            [new SsmService(ParameterStore, Agents, Options), new Ec2Service(Ec2), new AutoScalingService(Ec2, Groups.Engine), new SqsService(InterruptionQueue = new(time), Options), new StsService(Options, time)], PriceList = new PriceFiles(Options), Iam, Calls, Faults, time, network ?? LoopbackNetwork.Instance);
    }

    /// <summary>How it behaves.</summary>
    public SimulatedAwsOptions Options { get; }

    /// <summary>Puts faults into calls, by names such as <c>ec2:CreateFleet</c>, <c>ssm:PutParameter</c>, <c>sts:AssumeRole</c>.</summary>
    public FaultInjector Faults { get; } = new();

    /// <summary>Counts calls by the same names; those of simulated hosts begin with <c>host:</c>.</summary>
    public CallLog Calls { get; } = new();

    /// <summary>The public price list.</summary>
    public PriceFiles PriceList { get; }

    /// <summary>Enforces policies, once they are set.</summary>
    public IamGate Iam { get; }

    /// <summary>Where it listens; for <c>AWS_ENDPOINT_URL</c>.</summary>
    public string Url => _endpoint.Url;

    /// <summary>Environment variables that make a process use it instead of AWS.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL"] = Url,
        ["AWS_REGION"] = Options.Region,
        ["PRICE_LIST"] = Url,
        ["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE",
        ["AWS_SECRET_ACCESS_KEY"] = "simulated",
    };

    /// <summary>Every instance that ever was, in the order of launch.</summary>
    public IReadOnlyList<InstanceSnapshot> Instances => Ec2.Run(() => Ec2.Instances.All.Select(InstanceSnapshot.From).ToList());

    /// <summary>Its Auto Scaling groups.</summary>
    public SimulatedGroups Groups { get; }

    /// <summary>The launch templates there are.</summary>
    public IReadOnlyList<LaunchTemplateSnapshot> LaunchTemplates => Ec2.Run(() => Ec2.LaunchTemplates.All
        .Select(template => new LaunchTemplateSnapshot(template.Id, template.Name, new Dictionary<string, string>(template.Tags))
        {
            ImageId = template.Data.ImageId,
            NestedVirtualization = template.Data.NestedVirtualization,
            CpuCredits = template.Data.CpuCredits,
            HasMetadataIpv6 = template.Data.MetadataOptions?.HttpProtocolIpv6 == "enabled",
        })
        .ToList());

    /// <summary>The current parameters, value by name, without AWS' public ones.</summary>
    public IReadOnlyDictionary<string, string> Parameters =>
        ParameterStore.All.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);

    /// <summary>Whether machines that power themselves off are stopped even if their template says terminate.</summary>
    public bool StopInsteadOfTerminate
    {
        get => Ec2.Run(() => Ec2.Lifecycle.StopInsteadOfTerminate);
        set => Ec2.Run(() => Ec2.Lifecycle.StopInsteadOfTerminate = value);
    }

    internal Ec2World Ec2 { get; }

    internal ParameterStore ParameterStore { get; }

    internal Agents Agents { get; }

    /// <summary>The commands sent to machines, by instance.</summary>
    public IReadOnlyList<string> CommandedInstances => [.. Agents.All.Select(sent => sent.InstanceId)];

    /// <summary>Lets the next machines be without an SSM agent.</summary>
    /// <param name="count">How many.</param>
    public void LeaveOutAgents(int count = 1) => Ec2.Run(() => Agents.Missing = count);

    /// <summary>Makes the next commands fail on their machines.</summary>
    /// <param name="count">How many.</param>
    /// <param name="exitCode">Their exit code.</param>
    /// <param name="output">What they write.</param>
    public void FailCommands(int count, int exitCode, string output) => Ec2.Run(() => Agents.Failing = (count, exitCode, output));

    /// <summary>Opens the port.</summary>
    /// <param name="port">The port; 0 for a free one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task StartAsync(int port = 0, CancellationToken cancellationToken = default) => _endpoint.StartAsync(port, cancellationToken);

    /// <summary>
    /// Adds another region, or a region of another account, at the same address. Requests signed for an unknown region are answered by this
    /// one.
    /// </summary>
    /// <param name="options">How it behaves.</param>
    /// <param name="isRole">Whether its account is a different one, reachable only through its roles.</param>
    public SimulatedAws Add(SimulatedAwsOptions options, bool isRole)
    {
        ArgumentNullException.ThrowIfNull(options);
        var place = new SimulatedAws(_time, options, _network);
        _endpoint.Add(new AwsScope(isRole ? options.AccountId : null, options.Region), place._endpoint);
        return place;
    }

    /// <summary>An instance by id.</summary>
    /// <param name="instanceId">The id.</param>
    public InstanceSnapshot Instance(string instanceId) => Ec2.Run(() => InstanceSnapshot.From(Ec2.Instances.Get(instanceId)));

    /// <summary>Announces the interruption of a spot instance, and reclaims it after the notice period.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="notice">The notice period; two minutes by default.</param>
    public void InterruptSpot(string instanceId, TimeSpan? notice = null) =>
        Ec2.Run(() => Ec2.Lifecycle.Interrupt(Ec2.Instances.Get(instanceId), notice ?? TimeSpan.FromMinutes(2)));

    /// <summary>Recommends to leave a spot instance, as EC2 does when the risk of an interruption has risen.</summary>
    /// <param name="instanceId">Which.</param>
    public void RecommendRebalance(string instanceId) => Ec2.Run(() => Ec2.Lifecycle.RecommendRebalance(Ec2.Instances.Get(instanceId)));

    /// <summary>Whether the machines' role allows tagging their own instance.</summary>
    public bool MachinesMayTag { get; set; } = true;

    /// <summary>What EventBridge's rules put messages in.</summary>
    public SimulatedQueue InterruptionQueue { get; }

    /// <summary>Puts EC2's event about an instance into the queue, as EventBridge does.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="type">The event, such as <c>EC2 Spot Instance Interruption Warning</c>.</param>
    public void SendEvent(string instanceId, string type = "EC2 Spot Instance Interruption Warning") => InterruptionQueue.Send($$"""
        {"version":"0","id":"{{Guid.Empty}}","detail-type":"{{type}}","source":"aws.ec2","account":"{{Options.AccountId}}","time":"{{_time.GetUtcNow().UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}}",
        "region":"{{Options.Region}}","resources":["arn:aws:ec2:{{Options.Region}}:{{Options.AccountId}}:instance/{{instanceId}}"],"detail":{"instance-id":"{{instanceId}}","instance-action":"terminate"} }
        """);

    /// <summary>Makes an instance fail immediately, independent of its software.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="stateReason">The code that DescribeInstances shows, such as <c>Server.InsufficientInstanceCapacity</c>.</param>
    public void FailInstance(string instanceId, string stateReason = "Server.InternalError") =>
        Ec2.Run(() => Ec2.Lifecycle.End(Ec2.Instances.Get(instanceId), InstanceEnd.Failure, stateReason));

    /// <summary>Terminates, stops or starts an instance, as a person in the console may.</summary>
    /// <param name="instanceId">Which.</param>
    public void TerminateByHand(string instanceId) => Ec2.Run(() => Ec2.Lifecycle.End(Ec2.Instances.Get(instanceId), InstanceEnd.UserInitiated));

    /// <inheritdoc cref="TerminateByHand"/>
    public void StopByHand(string instanceId) => Ec2.Run(() => Ec2.Lifecycle.Stop(Ec2.Instances.Get(instanceId), InstanceEnd.UserInitiated));

    /// <inheritdoc cref="TerminateByHand"/>
    public void StartByHand(string instanceId) => Ec2.Run(() => Ec2.Lifecycle.Start(Ec2.Instances.Get(instanceId)));

    /// <summary>Whether the images lack the hibernation agent: machines that are to hibernate run on.</summary>
    public bool IgnoreHibernation
    {
        get => Ec2.Run(() => Ec2.Lifecycle.IgnoreHibernation);
        set => Ec2.Run(() => Ec2.Lifecycle.IgnoreHibernation = value);
    }

    /// <summary>Enables or disables an instance's termination protection: EC2 then refuses to terminate it.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="isProtected">Whether it is protected.</param>
    public void ProtectFromTermination(string instanceId, bool isProtected = true) =>
        Ec2.Run(() => Ec2.Instances.Get(instanceId).IsProtected = isProtected);

    /// <summary>Leaves an instance out of the next listings of DescribeInstances, as EC2 now and then does. A call that names it sees it.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="listings">Out of how many.</param>
    public void OmitFromListings(string instanceId, int listings) => Ec2.Run(() => Ec2.Instances.Omit(instanceId, listings));

    /// <summary>Limits the number of instances of a capacity pool from now on.</summary>
    /// <param name="usageClass"><c>spot</c>, <c>on-demand</c> or <c>*</c>.</param>
    /// <param name="instanceType">Name of the type, or <c>*</c>.</param>
    /// <param name="zone">Name of the zone, or <c>*</c>.</param>
    /// <param name="instances">How many; null for no limit.</param>
    public void SetCapacity(string usageClass, string instanceType, string zone, int? instances) =>
        Ec2.Limit(new CapacityLimit(usageClass, instanceType, zone, instances));

    /// <summary>Adds a capacity reservation, or changes the one of that id.</summary>
    /// <param name="reservation">As it is to be.</param>
    public void PutReservation(SimulatedReservation reservation) => Ec2.Run(() => Ec2.Reservations.Put(reservation));

    /// <summary>Adds an image of the account's own, for amd64 and Linux.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="devices">Its EBS devices, the root first; one of 8 GiB if none is given.</param>
    public void AddImage(string id, params ImageVolume[] devices) => Ec2.Run(() => Ec2.Images.Add(
        new Image(id, $"image-{id}", new Owner(Options.AccountId, null), "x86_64", "2025-06-01") { Devices = devices is [] ? null! : devices }));

    /// <summary>Adds an image owned by the account that supports only one boot mode.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="bootMode"><c>uefi</c>: machines on Xen, such as m4, cannot boot it.</param>
    public void AddImage(string id, string bootMode) => Ec2.Run(() => Ec2.Images.Add(
        new Image(id, $"image-{id}", new Owner(Options.AccountId, null), "x86_64", "2025-06-01") { BootMode = bootMode }));

    /// <summary>Deregisters an image, as its owner or a lifecycle policy may at any time. Running machines are not affected.</summary>
    /// <param name="id">Its id.</param>
    public void RemoveImage(string id) => Ec2.Run(() => Ec2.Images.Remove(id));

    /// <summary>Deletes a subnet, so that no machine can be launched in it.</summary>
    /// <param name="id">Its id.</param>
    public void RemoveSubnet(string id) => Ec2.Run(() => Ec2.Network.Remove(id));

    /// <summary>Adds a security group in another VPC.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="vpcId">The VPC.</param>
    /// <param name="tags">Its tags.</param>
    public void AddSecurityGroup(string id, string vpcId, IReadOnlyDictionary<string, string>? tags = null) => Ec2.Run(() => Ec2.Network.Add(
        new SecurityGroup(id, id, "of another VPC", tags ?? new Dictionary<string, string>()) { VpcId = vpcId }));

    /// <summary>Adds a subnet in another VPC, in the first zone.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="vpcId">The VPC.</param>
    /// <param name="tags">Its tags.</param>
    public void AddSubnet(string id, string vpcId, IReadOnlyDictionary<string, string>? tags = null) => Ec2.Run(() => Ec2.Network.Add(
        new Subnet(id, Ec2.Network.Zones[0], "10.1.0.0/18", isDefault: false, Options.AddressesPerSubnet)
        {
            VpcId = vpcId,
            Tags = tags ?? new Dictionary<string, string>(),
        }));

    /// <summary>Adds a subnet without IPv4 in the seeded VPC. EC2 counts no free addresses in it.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="zone">The number of its zone, 0 to 2.</param>
    /// <param name="tags">Its tags.</param>
    public void AddIpv6Subnet(string id, int zone = 0, IReadOnlyDictionary<string, string>? tags = null) => Ec2.Run(() => Ec2.Network.Add(
        new Subnet(id, Ec2.Network.Zones[zone], "", isDefault: false, 0)
        {
            VpcId = Ec2.Network.VpcId,
            IsIpv6Only = true,
            Tags = tags ?? new Dictionary<string, string>(),
        }));

    /// <summary>Lets the next machines hang before they reach their user data.</summary>
    /// <param name="count">How many.</param>
    public void HangBoot(int count = 1) => Ec2.Run(() => Ec2.Lifecycle.HangingBoots = count);

    /// <summary>
    /// Makes the next machines fail soon after their launch, independent of their software: EC2 accepts the launch, then terminates the
    /// machine.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <param name="stateReason">The code that DescribeInstances shows, such as <c>Client.InternalError</c> where a volume's key cannot be used.</param>
    /// <param name="after">How long after the launch; five seconds by default.</param>
    public void FailNext(int count, string stateReason, TimeSpan? after = null) =>
        Ec2.Run(() => Ec2.Lifecycle.FailingLaunches = (count, stateReason, after ?? TimeSpan.FromSeconds(5)));

    /// <summary>Launches an instance owned by someone else; nothing runs on it.</summary>
    /// <param name="tags">Its tags.</param>
    /// <returns>Its id.</returns>
    public string AddForeignInstance(IReadOnlyDictionary<string, string>? tags = null) => Ec2.Run(() =>
    {
        var type = InstanceTypeCatalogue.All["m5.large"];
        var template = new LaunchTemplateData { ShutdownBehavior = "terminate" };
        var launch = new LaunchSpecification(type, Ec2.Network.Subnets[0], Ec2.Images.All[0], "on-demand", template) { IsForeign = true };
        return Ec2.Lifecycle.Launch(launch, Ec2.Ids.Resource("r"), tags ?? new Dictionary<string, string>()).Id;
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        Ec2.Dispose();
    }
}
