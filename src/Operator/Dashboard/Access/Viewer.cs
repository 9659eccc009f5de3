namespace Operator.Dashboard.Access;

/// <summary>Somebody who looks.</summary>
/// <param name="Name">The user's name in the cluster; null if nobody was asked.</param>
/// <param name="Namespaces">The namespaces whose pools and leases they may list; null for all.</param>
internal sealed record Viewer(string? Name, IReadOnlySet<string>? Namespaces)
{
    /// <summary>Whoever reaches the loopback address.</summary>
    public static Viewer Anybody { get; } = new(null, null);

    public bool Sees(string space) => Namespaces is null || Namespaces.Contains(space);
}

/// <summary>Either a viewer, or why there is none.</summary>
internal sealed record Admission(Viewer? Viewer, DashboardProblem? Problem)
{
    public static implicit operator Admission(Viewer viewer) => new(viewer, null);

    public static implicit operator Admission(DashboardProblem problem) => new(null, problem);
}
