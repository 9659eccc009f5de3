using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>State shared by the components of the API server: served resources, stored objects, the clock and the id generator.</summary>
internal sealed class Cluster(TimeProvider timeProvider, Func<Guid> newId)
{
    // The API server omits characters that are ambiguous or could form words.
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    public TimeProvider TimeProvider => timeProvider;

    /// <summary>Guards <see cref="Store"/>.</summary>
    public Lock Lock { get; } = new();

    public ResourceCatalogue Resources { get; } = new();

    public ObjectStore Store { get; } = new();

    public Denials Denials { get; } = new();

    /// <summary>Users and their rights, where somebody asks about them.</summary>
    public AccessReviews Reviews { get; } = new();

    public string Now => ObjectMeta.Timestamp(timeProvider.GetUtcNow());

    public string NewUid() => newId().ToString();

    /// <summary>What <c>generateName</c> is completed with.</summary>
    public string NewSuffix() =>
        string.Concat(newId().ToByteArray().Take(5).Select(random => SuffixAlphabet[random % SuffixAlphabet.Length]));

    public StoredObject Get(ResourceType type, ObjectKey key) =>
        Store.Collection(type).Find(key) ?? throw ApiErrors.NotFound(type, key.Name);
}
