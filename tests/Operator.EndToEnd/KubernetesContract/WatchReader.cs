using System.Text.Json.Nodes;

namespace Operator.EndToEnd.KubernetesContract;

/// <summary>One event of a watch.</summary>
/// <param name="Type">ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</param>
/// <param name="Item">The object, or the status of an error.</param>
public sealed record WatchedEvent(string Type, JsonNode Item)
{
    public string Name => Item["metadata"]!["name"]!.GetValue<string>();

    public long Version => long.Parse(Item["metadata"]!["resourceVersion"]!.GetValue<string>());

    public override string ToString() => $"{Type} {Item["metadata"]?["name"]}";
}

/// <summary>Reads the events of an open watch.</summary>
public sealed class WatchReader(HttpResponseMessage response, Stream stream) : IDisposable
{
    // A watch that is silent for so long has hung: the test has failed.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly StreamReader _reader = new(stream);

    /// <summary>The next event, or null when the server has ended the watch.</summary>
    public async Task<WatchedEvent?> NextAsync()
    {
        using var impatience = new CancellationTokenSource(Patience);
        var line = await _reader.ReadLineAsync(impatience.Token);
        var json = line is null ? null : JsonNode.Parse(line);
        return json is null ? null : new WatchedEvent(json["type"]!.ToString(), json["object"]!);
    }

    /// <summary>The next events.</summary>
    /// <param name="count">How many.</param>
    public async Task<IReadOnlyList<WatchedEvent>> TakeAsync(int count)
    {
        var events = new List<WatchedEvent>();
        while (events.Count < count)
        {
            events.Add(await NextAsync() ?? throw new InvalidOperationException($"the watch ended after {string.Join(", ", events)}"));
        }

        return events;
    }

    public void Dispose()
    {
        _reader.Dispose();
        response.Dispose();
    }
}
