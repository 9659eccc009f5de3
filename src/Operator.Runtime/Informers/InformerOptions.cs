using Operator.Runtime.Client;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Informers;

/// <summary>Options of an informer.</summary>
public sealed record InformerOptions
{
    /// <summary>One namespace; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector; null for all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Minimum duration of a watch.</summary>
    public TimeSpan MinWatch { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Maximum duration of a watch; the actual one is random, so that watches do not all end at the same time.</summary>
    public TimeSpan MaxWatch { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A watch that receives nothing, not even a bookmark (servers send one a minute), for this long is considered dead.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The delays after failures.</summary>
    public BackOff BackOff { get; init; } = BackOff.ForConnections;

    /// <summary>Called for each version of an object that cannot be read.</summary>
    public Action<MalformedObject>? OnMalformed { get; init; }
}
