namespace Operator.Common;

/// <summary>The namespaces whose pools and leases are managed: some, or all if none is named.</summary>
/// <param name="Namespaces">Their names; empty for all.</param>
internal sealed record WatchScope(IReadOnlyCollection<string> Namespaces)
{
    public static WatchScope Everywhere { get; } = new([]);

    public bool IsEverywhere => Namespaces.Count == 0;

    /// <summary>What to list to see everything: each namespace, or null for all of them at once.</summary>
    public IEnumerable<string?> Lists => IsEverywhere ? Enumerable.Repeat<string?>(null, 1) : Namespaces;

    public bool Contains(string namespaceName) => IsEverywhere || Namespaces.Contains(namespaceName, StringComparer.Ordinal);

    /// <summary>Parses a list such as <c>team-a,team-b</c>.</summary>
    public static WatchScope Parse(string? text) => new(
        (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal).ToArray());
}
