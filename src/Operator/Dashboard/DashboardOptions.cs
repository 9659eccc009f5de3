namespace Operator.Dashboard;

/// <summary>Who may look at the dashboard.</summary>
internal enum DashboardAuthentication
{
    /// <summary>Whoever reaches its port, which is on the loopback address: by <c>kubectl port-forward</c>, or on this machine.</summary>
    None,

    /// <summary>Whoever has a token that the cluster accepts; they see the namespaces whose pools and leases they may list.</summary>
    Token,
}

/// <summary>Options of the dashboard.</summary>
internal sealed record DashboardOptions
{
    /// <summary>The audience of a token that is good for the dashboard and for nothing else.</summary>
    public const string Audience = "ec2runners-dashboard";

    /// <summary>Who may look.</summary>
    public DashboardAuthentication Authentication { get; init; } = DashboardAuthentication.None;

    /// <summary>Open streams of this replica at a time.</summary>
    public int Streams { get; init; } = 100;

    /// <summary>Shortest time between two messages of a stream.</summary>
    public TimeSpan Batch { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time between two messages of a stream; below the idle timeouts of proxies.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);
}
