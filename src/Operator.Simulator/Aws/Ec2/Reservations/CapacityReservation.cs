namespace Operator.Simulator.Aws.Ec2.Reservations;

/// <summary>An On-Demand Capacity Reservation or a capacity block.</summary>
/// <param name="Id">Its id, <c>cr-</c> and 17 hexadecimal digits.</param>
/// <param name="InstanceType">Name of its type.</param>
/// <param name="Zone">Name of its zone.</param>
/// <param name="Slots">How many machines it holds.</param>
public sealed record SimulatedReservation(string Id, string InstanceType, string Zone, int Slots)
{
    /// <summary>The operating system that it is for.</summary>
    public string Platform { get; init; } = "Linux/UNIX";

    /// <summary><c>default</c> or <c>dedicated</c>.</summary>
    public string Tenancy { get; init; } = "default";

    /// <summary>Whether any on-demand launch that fits takes its slots, or only one that names it.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether it is a capacity block, whose machines end half an hour before it does.</summary>
    public bool IsBlock { get; init; }

    /// <summary>When it begins; null for from the start.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>Its owner; null for the account itself.</summary>
    public string? OwnerId { get; init; }

    /// <summary>The state that it is in whatever the time; null for what the time says.</summary>
    public string? State { get; init; }

    /// <summary>Slots that somebody else has.</summary>
    public int TakenByOthers { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    internal string StateAt(DateTimeOffset now) => State ?? (now < StartsAt ? "scheduled" : now >= EndsAt ? "expired" : "active");
}
