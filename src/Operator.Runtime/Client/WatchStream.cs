using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Operator.Runtime.Client.Models;

namespace Operator.Runtime.Client;

/// <summary>Reads the events of a watch, one JSON document per line, as they arrive.</summary>
internal sealed class WatchStream<T>(Stream body, JsonSerializerOptions options, TimeSpan? silenceLimit, TimeProvider time)
    where T : class, IKubernetesObject
{
    private readonly ItemReader<T> _reader = new(options);

    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            var read = await ReadSomeAsync(pipe, cancellationToken);
            var rest = read.Buffer;
            while (TakeLine(ref rest, read.IsCompleted) is { } line)
            {
                if (Parse(line) is { } change)
                {
                    yield return change;
                }
            }

            pipe.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                yield break;
            }
        }
    }

    private async Task<ReadResult> ReadSomeAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        if (silenceLimit is not { } limit)
        {
            return await pipe.ReadAsync(cancellationToken);
        }

        using var silence = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await pipe.ReadAsync(either.Token);
        }
        catch (OperationCanceledException e) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The watch was silent for {limit.TotalSeconds} s; the connection is considered dead.", e);
        }
    }

    private static ReadOnlySequence<byte>? TakeLine(ref ReadOnlySequence<byte> rest, bool completed)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            var line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return line;
        }

        // A fragment cut off by a broken connection is not JSON and ends the watch with an error; a sender may also omit the last line
        // feed.
        if (completed && !rest.IsEmpty)
        {
            var line = rest;
            rest = rest.Slice(rest.End);
            return line;
        }

        return null;
    }

    private WatchEvent<T>? Parse(ReadOnlySequence<byte> line)
    {
        if (line.IsEmpty)
        {
            return null;
        }

        var (type, item) = TakeApart(line);
        return type switch
        {
            "ADDED" => Change(WatchEventType.Added, item),
            "MODIFIED" => Change(WatchEventType.Modified, item),
            "DELETED" => Change(WatchEventType.Deleted, item),
            "BOOKMARK" => new(WatchEventType.Bookmark, VersionOf(item)),
            "ERROR" => new(WatchEventType.Error, null, Error: ReadError(item)),
            _ => null, // added by a later version
        };
    }

    private static (string? Type, ReadOnlySequence<byte> Item) TakeApart(ReadOnlySequence<byte> line)
    {
        var (type, item) = ((string?)null, default(ReadOnlySequence<byte>));
        var json = new Utf8JsonReader(line);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A message of the watch is not an object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isItem) = (json.ValueTextEquals("type"u8), json.ValueTextEquals("object"u8));
            json.Read();
            type = isType ? json.GetString() : type;
            var start = json.TokenStartIndex;
            json.Skip();
            item = isItem ? line.Slice(start, json.BytesConsumed - start) : item;
        }

        return item.IsEmpty ? throw new JsonException("A message of the watch has no object.") : (type, item);
    }

    private WatchEvent<T> Change(WatchEventType type, ReadOnlySequence<byte> json) =>
        _reader.Read(json, out var malformed) is { } item
            ? new(type, item.Metadata.ResourceVersion, item)
            : new(type == WatchEventType.Deleted ? WatchEventType.Deleted : WatchEventType.Malformed, malformed!.ResourceVersion, Malformed: malformed);

    private static string? VersionOf(ReadOnlySequence<byte> json)
    {
        using var bookmark = JsonDocument.Parse(json);
        return bookmark.RootElement.Child("metadata").Text("resourceVersion");
    }

    private static KubernetesApiException ReadError(ReadOnlySequence<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return KubernetesApiException.FromStatus(JsonSerializer.Deserialize(ref reader, RuntimeJsonContext.Default.V1Status) ?? new());
    }
}
