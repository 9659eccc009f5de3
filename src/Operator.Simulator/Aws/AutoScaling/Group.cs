using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>An Auto Scaling group. Guarded by the world's lock.</summary>
internal sealed class Group(string name)
{
    public string Name => name;

    public int MinSize { get; set; }

    public int MaxSize { get; set; }

    public int Desired { get; set; }

    public string TemplateId { get; set; } = "";

    public string TemplateVersion { get; set; } = "$Default";

    public IReadOnlyList<string> InstanceTypes { get; set; } = [];

    public IReadOnlyList<string> Subnets { get; set; } = [];

    public int OnDemandBase { get; set; }

    /// <summary>The API's default.</summary>
    public int OnDemandPercentage { get; set; } = 100;

    public string SpotStrategy { get; set; } = "lowest-price";

    public bool ProtectsNew { get; set; }

    /// <summary>Whether a member that EC2 recommends to leave is replaced.</summary>
    public bool ReplacesAtRisk { get; set; }

    public HashSet<string> Suspended { get; } = new(StringComparer.Ordinal);

    public List<GroupHook> Hooks { get; } = [];

    public Dictionary<string, (string Value, bool IsPropagated)> Tags { get; } = new(StringComparer.Ordinal);

    public List<GroupMember> Members { get; } = [];

    public List<GroupActivity> Activities { get; } = [];

    /// <summary>The timer of the next launch after one that failed.</summary>
    public ITimer? Retry { get; set; }

    /// <summary>The timer of the next look at the balance of the zones.</summary>
    public ITimer? Balance { get; set; }

    public IEnumerable<GroupMember> Counting => Members.Where(member => member.Counts);

    /// <summary>How many members it is to have now.</summary>
    public int Target => Desired + Members.Count(member => member is { IsExtra: true, Counts: true });

    /// <summary>Takes the settings that a request gives; what it does not name stays.</summary>
    public void Read(QueryNode request)
    {
        MinSize = request.Number("MinSize") ?? MinSize;
        MaxSize = request.Number("MaxSize") ?? MaxSize;
        Subnets = request.Text("VPCZoneIdentifier")?.Split(',') ?? Subnets;
        ProtectsNew = request.Flag("NewInstancesProtectedFromScaleIn") ?? ProtectsNew;
        ReplacesAtRisk = request.Flag("CapacityRebalance") ?? ReplacesAtRisk;
        var policy = request["MixedInstancesPolicy"];
        var (template, distribution) = (policy["LaunchTemplate"], policy["InstancesDistribution"]);
        TemplateId = template["LaunchTemplateSpecification"].Text("LaunchTemplateId") ?? TemplateId;
        TemplateVersion = template["LaunchTemplateSpecification"].Text("Version") ?? TemplateVersion;
        InstanceTypes = template["Overrides"].Items("member") is { Count: > 0 } rows ? [.. rows.Select(row => row.Required("InstanceType"))] : InstanceTypes;
        OnDemandBase = distribution.Number("OnDemandBaseCapacity") ?? OnDemandBase;
        OnDemandPercentage = distribution.Number("OnDemandPercentageAboveBaseCapacity") ?? OnDemandPercentage;
        SpotStrategy = distribution.Text("SpotAllocationStrategy") ?? SpotStrategy;
        if (MinSize > MaxSize)
        {
            throw Invalid($"Max bound, {MaxSize}, must be greater than or equal to min bound, {MinSize}");
        }

        Desired = Math.Clamp(request.Number("DesiredCapacity") ?? Desired, MinSize, MaxSize);
    }

    public void ReadTags(QueryNode request)
    {
        foreach (var tag in request["Tags"].Items("member"))
        {
            Tags[tag.Required("Key")] = (tag.Text("Value") ?? "", tag.Flag("PropagateAtLaunch") == true);
        }
    }

    public void Put(QueryNode hook)
    {
        var id = hook.Required("LifecycleHookName");
        var known = Hooks.Find(other => other.Name == id);
        var timeout = hook.Number("HeartbeatTimeout") ?? known?.HeartbeatTimeout ?? 3600;
        if (timeout is < 30 or > 7200)
        {
            throw Invalid("HeartbeatTimeout must be between 30 and 7200 seconds");
        }

        Hooks.RemoveAll(other => other.Name == id);
        Hooks.Add(new(id, hook.Text("LifecycleTransition") ?? known?.Transition ?? throw Invalid("LifecycleTransition is required"), timeout, hook.Text("DefaultResult") ?? known?.DefaultResult ?? "ABANDON"));
    }

    public static AwsException Invalid(string message) => new("ValidationError", message);
}
