using System.Globalization;

namespace Operator.Aws.Instances;

/// <summary>EC2's notice that it reclaims a spot machine, or its recommendation to rebalance.</summary>
/// <param name="Reason"><see cref="Spot"/> or <see cref="Rebalance"/>.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="EndsAt">When EC2 reclaims the machine, approximately; null if unknown.</param>
internal sealed record InterruptionNotice(string Reason, NoticeSource Source, DateTimeOffset? EndsAt = null)
{
    /// <summary>EC2 reclaims the machine, two minutes after the notice.</summary>
    public const string Spot = "SpotInterruption";

    /// <summary>The machine is at elevated risk of interruption.</summary>
    public const string Rebalance = "RebalanceRecommended";

    /// <summary>Time from the notice to the interruption.</summary>
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

/// <summary>Sources of interruption notices.</summary>
internal enum NoticeSource
{
    /// <summary>The machine's own tag. A job with the machine's role may have forged it, so it is trusted for that machine only.</summary>
    Host,

    /// <summary>The state of its spot request.</summary>
    SpotRequest,

    /// <summary>An event in the interruption queue.</summary>
    EventBridge,
}
