namespace Operator.Aws.Instances;

/// <summary>Maps EC2's description of an instance. Pure.</summary>
internal static class InstanceMapping
{
    public static Instance Map(Amazon.EC2.Model.Instance described) => new(
        described.InstanceId ?? "",
        StateOf(described.State?.Name),
        described.InstanceType ?? "",
        described.Placement?.AvailabilityZone ?? "",
        described.InstanceLifecycle == "spot" ? "spot" : "on-demand",
        string.IsNullOrEmpty(described.PrivateIpAddress) ? described.Ipv6Address : described.PrivateIpAddress,
        described.LaunchTime ?? DateTimeOffset.MinValue,
        TagOf(described, Tags.Intent),
        TagOf(described, Tags.PoolUid),
        described.StateReason?.Code)
    {
        SubnetId = described.SubnetId,
        TemplateId = TagOf(described, "aws:ec2launchtemplate:id"),
        Architecture = ArchitectureNames.FromEc2(described.Architecture?.Value),
        HeldUntil = HoldNotice.Parse(TagOf(described, Tags.Interruption)),
        BootFailure = HoldNotice.ReasonOf(TagOf(described, Tags.Interruption)),
        WarmUpFailure = WarmUpNotice.Parse(TagOf(described, Tags.Interruption)),
        Notice = described.InstanceLifecycle == "spot" ? InterruptionNotice.Parse(TagOf(described, Tags.Interruption)) : null,
    };

    private static string? TagOf(Amazon.EC2.Model.Instance described, string key) =>
        described.Tags.FirstOrDefault(tag => tag.Key == key)?.Value;

    private static InstanceState StateOf(string? name) => name switch
    {
        "pending" => InstanceState.Pending,
        "running" => InstanceState.Running,
        "stopping" => InstanceState.Stopping,
        "stopped" => InstanceState.Stopped,
        "shutting-down" => InstanceState.ShuttingDown,
        _ => InstanceState.Terminated,
    };
}
