using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Operator.Runtime.Client.Models;

namespace Operator.Runtime.Client;

/// <summary>Reads the messages of a watch, one JSON document a line, as they come in.</summary>
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
            throw new TimeoutException($"The watch was silent for {limit.TotalSeconds} s; the connection is taken for dead.", e);
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

        // What a broken connection cut off is no JSON, and ends the watch as an error; a sender may also just leave the last end out.
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

        using var document = JsonDocument.Parse(line);
        var element = document.RootElement.GetProperty("object");
        return document.RootElement.Text("type") switch
        {
            "ADDED" => Change(WatchEventType.Added, element),
            "MODIFIED" => Change(WatchEventType.Modified, element),
            "DELETED" => Change(WatchEventType.Deleted, element),
            "BOOKMARK" => new(WatchEventType.Bookmark, element.Child("metadata").Text("resourceVersion")),
            "ERROR" => new(WatchEventType.Error, null, Error: ReadError(element)),
            _ => null, // a later version's addition
        };
    }

    private WatchEvent<T> Change(WatchEventType type, JsonElement element)
    {
        var version = element.Child("metadata").Text("resourceVersion");
        return _reader.Read(element, out var malformed) is { } item
            ? new(type, version, item)
            : new(type == WatchEventType.Deleted ? WatchEventType.Deleted : WatchEventType.Malformed, version, Malformed: malformed);
    }

    private static KubernetesApiException ReadError(JsonElement element) =>
        KubernetesApiException.FromStatus(element.Deserialize(RuntimeJsonContext.Default.V1Status) ?? new());
}
