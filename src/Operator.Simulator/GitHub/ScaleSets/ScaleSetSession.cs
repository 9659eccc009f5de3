namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>A listener's session with a scale set. It ends when it is deleted or its owner has been silent for a while.</summary>
/// <param name="id">Its id.</param>
/// <param name="owner">Its owner.</param>
/// <param name="scaleSet">For which scale set.</param>
/// <param name="service">The address of the service, as its holder knows it.</param>
internal sealed class ScaleSetSession(Guid id, string owner, ScaleSetRecord scaleSet, Uri service)
{
    public Guid Id { get; } = id;

    public string Owner { get; } = owner;

    public ScaleSetRecord ScaleSet { get; } = scaleSet;

    public Uri Service { get; } = service;

    public required MessageQueue Messages { get; init; }

    /// <summary>Ends it when its holder is silent for too long.</summary>
    public ITimer? Silence { get; set; }
}
