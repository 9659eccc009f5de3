namespace Operator.Demand;

/// <summary>Options of the demand sources.</summary>
internal sealed record DemandOptions
{
    /// <summary>Identifies this process in its sessions at GitHub.</summary>
    public string Identity { get; init; } = "";

    /// <summary>A Secret whose webhook secret is valid for all pools; null means none.</summary>
    public NamespacedName? WebhookSecret { get; init; }

    /// <summary>How often queued jobs are listed, to recover lost webhooks.</summary>
    public TimeSpan WebhookResync { get; init; } = TimeSpan.FromMinutes(1);
}
