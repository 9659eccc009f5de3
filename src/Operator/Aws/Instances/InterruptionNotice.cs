using System.Globalization;

namespace Operator.Aws.Instances;

/// <summary>EC2's word that it takes a spot machine back, or that it may soon.</summary>
/// <param name="Reason"><see cref="Spot"/> or <see cref="Rebalance"/>.</param>
/// <param name="Source">Who told.</param>
/// <param name="EndsAt">When EC2 takes it, about; null while not known.</param>
internal sealed record InterruptionNotice(string Reason, NoticeSource Source, DateTimeOffset? EndsAt = null)
{
    /// <summary>It is taken back, two minutes after EC2 has said so.</summary>
    public const string Spot = "SpotInterruption";

    /// <summary>The risk of it has risen.</summary>
    public const string Rebalance = "RebalanceRecommended";

    /// <summary>How long EC2 gives a machine.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromMinutes(2);

    private const int MostOfTag = 64;

    /// <summary>Whether it says more than what is known: of a rebalance that it is a loss, of the machine's word that it is EC2's, too.</summary>
    /// <param name="reason">The reason that is known; null for none.</param>
    /// <param name="source">Who told.</param>
    public bool Supersedes(string? reason, string? source) =>
        reason is null || (reason == Rebalance && Reason == Spot)
        || (reason == Reason && Source != NoticeSource.Host && source == nameof(NoticeSource.Host));

    /// <summary>What a machine's tag says: <c>spot</c> or <c>rebalance</c>, and the time where there is one. Null for anything else: jobs may write it, too.</summary>
    public static InterruptionNotice? Parse(string? tag)
    {
        if (tag is not { Length: > 0 and <= MostOfTag })
        {
            return null;
        }

        var words = tag.Split(' ', 2);
        var at = words.Length > 1 && DateTimeOffset.TryParse(
            words[1], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : (DateTimeOffset?)null;
        return words[0] switch
        {
            "spot" => new(Spot, NoticeSource.Host, at),
            "rebalance" => new(Rebalance, NoticeSource.Host),
            _ => null,
        };
    }
}

/// <summary>Where the word of an interruption comes from.</summary>
internal enum NoticeSource
{
    /// <summary>The machine's own tag. A job that has the machine's role may have written it, so that it counts for that machine alone.</summary>
    Host,

    /// <summary>The state of its spot request.</summary>
    SpotRequest,

    /// <summary>An event in the interruption queue.</summary>
    EventBridge,
}
