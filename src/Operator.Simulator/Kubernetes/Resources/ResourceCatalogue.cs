using System.Collections.Immutable;

namespace Operator.Simulator.Kubernetes.Resources;

/// <summary>The resources currently served by the API server. Reads need no lock; definitions replace the whole catalogue.</summary>
internal sealed class ResourceCatalogue
{
    private volatile ImmutableDictionary<(string Group, string Plural), ResourceType> _types =
        BuiltInResources.All.ToImmutableDictionary(type => (type.Group, type.Plural));

    public IEnumerable<ResourceType> All =>
        _types.Values.OrderBy(type => type.Group, StringComparer.Ordinal).ThenBy(type => type.Plural, StringComparer.Ordinal);

    public ResourceType? Find(string group, string version, string plural) =>
        _types.GetValueOrDefault((group, plural)) is { } type && type.Version == version ? type : null;

    public ResourceType? FindKind(string? apiVersion, string? kind) =>
        _types.Values.FirstOrDefault(type => type.GroupVersion == apiVersion && type.Kind == kind);

    /// <summary>Finds a resource as people name it: <c>runnerleases</c> or <c>runnerleases.ec2runners.dev</c>.</summary>
    /// <exception cref="ArgumentException">There is no such resource.</exception>
    public ResourceType Named(string name) =>
        All.FirstOrDefault(type => type.QualifiedName == name || type.Plural == name)
        ?? throw new ArgumentException($"the simulated cluster serves no {name}", nameof(name));

    public void Serve(ResourceType type) => _types = _types.SetItem((type.Group, type.Plural), type);

    public void Withdraw(ResourceType type) => _types = _types.Remove((type.Group, type.Plural));
}
