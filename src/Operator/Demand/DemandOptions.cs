namespace Operator.Demand;

/// <summary>Options of the sources of demand.</summary>
internal sealed record DemandOptions
{
    /// <summary>Names this process in the sessions that it opens at GitHub.</summary>
    public string Identity { get; init; } = "";

    /// <summary>A Secret whose webhook secret counts for every pool; null means none.</summary>
    public NamespacedName? WebhookSecret { get; init; }

    /// <summary>How often queued jobs are asked for, so that lost webhooks do no harm.</summary>
    public TimeSpan WebhookResync { get; init; } = TimeSpan.FromMinutes(1);
}
