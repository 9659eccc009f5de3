using Operator.Runtime.Client;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Informers;

/// <summary>Which objects an informer follows, and how.</summary>
public sealed record InformerOptions
{
    /// <summary>One namespace, or null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector, or null for all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>The shortest time after which the server is asked to end a watch.</summary>
    public TimeSpan MinWatch { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest such time; one between the two is drawn for each watch, so that they do not all come back at once.</summary>
    public TimeSpan MaxWatch { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A watch on which not even a bookmark came for this long (servers send one a minute) is taken for dead.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long to wait after failures.</summary>
    public BackOff BackOff { get; init; } = BackOff.ForConnections;

    /// <summary>Told of each version of an object that cannot be read.</summary>
    public Action<MalformedObject>? OnMalformed { get; init; }
}
