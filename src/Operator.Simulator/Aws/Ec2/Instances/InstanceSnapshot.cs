namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>The current state of an instance with its history; for tests and oracles, without eventual consistency.</summary>
public sealed record InstanceSnapshot
{
    /// <summary>The id.</summary>
    public required string Id { get; init; }

    /// <summary>Name of the type.</summary>
    public required string InstanceType { get; init; }

    /// <summary>Virtual CPUs of the type.</summary>
    public required int VCpus { get; init; }

    /// <summary>Memory of the type, in MiB.</summary>
    public required long MemoryMiB { get; init; }

    /// <summary>Processor architecture, <c>x86_64</c> or <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The image.</summary>
    public required string ImageId { get; init; }

    /// <summary>Name of the zone.</summary>
    public required string Zone { get; init; }

    /// <summary><c>spot</c> or <c>on-demand</c>.</summary>
    public required string UsageClass { get; init; }

    /// <summary>The capacity reservation whose slot it has.</summary>
    public string? CapacityReservationId { get; init; }

    /// <summary>The fleet that launched it, if one did.</summary>
    public string? FleetId { get; init; }

    /// <summary>The client token of the call that launched it.</summary>
    public string? ClientToken { get; init; }

    /// <summary>The present state.</summary>
    public required InstanceState State { get; init; }

    /// <summary>When it was launched.</summary>
    public required DateTimeOffset LaunchedAt { get; init; }

    /// <summary>When its end began, if it did.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What terminated or stopped it.</summary>
    public required InstanceEnd EndedBy { get; init; }

    /// <summary>Whether its memory was kept when it was last stopped.</summary>
    public required bool IsHibernated { get; init; }

    /// <summary>Its tags, the system's included.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Its EBS volumes; of a terminated instance, those that were left behind.</summary>
    public required IReadOnlyList<MachineVolume> Volumes { get; init; }

    /// <summary>Its console output.</summary>
    public required string Console { get; init; }

    /// <summary>Every state it was in.</summary>
    public required IReadOnlyList<InstanceChange> History { get; init; }

    /// <summary>Whether it still exists: neither terminated nor on the way there.</summary>
    public bool IsAlive => !State.IsEnding();

    internal static InstanceSnapshot From(Instance instance) => new()
    {
        Id = instance.Id,
        InstanceType = instance.Launch.Type.Name,
        VCpus = instance.Launch.Type.VCpus,
        MemoryMiB = instance.Launch.Type.MemoryMiB,
        Architecture = instance.Launch.Image.Architecture,
        ImageId = instance.Launch.Image.Id,
        Zone = instance.Launch.Subnet.Zone.Name,
        UsageClass = instance.Launch.UsageClass,
        CapacityReservationId = instance.CapacityReservationId,
        FleetId = instance.Launch.FleetId,
        ClientToken = instance.Launch.ClientToken,
        State = instance.State,
        LaunchedAt = instance.LaunchedAt,
        EndedAt = instance.EndedAt,
        EndedBy = instance.EndedBy,
        IsHibernated = instance.IsHibernated,
        Tags = new Dictionary<string, string>(instance.Tags, StringComparer.Ordinal),
        Volumes = [.. instance.Launch.Volumes.Where(volume => instance.State != InstanceState.Terminated || !volume.DeleteOnTermination)],
        Console = instance.Console.ToString(),
        History = [.. instance.History],
    };
}
