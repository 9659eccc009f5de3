namespace Operator.Runtime.Events;

/// <summary>
/// Limits events like Kubernetes' own components: a repeated report within ten minutes is counted on the first event, and an object may
/// have a burst of 25 events, then one every five minutes. Its memory is bounded. Not thread-safe.
/// </summary>
internal sealed class EventCorrelator(string component, Func<Guid> newId)
{
    private const int MaxRemembered = 4096;
    private const int Burst = 25;
    private const int MaxNameLength = 253;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Refill = TimeSpan.FromMinutes(5);

    private readonly Dictionary<(string, EventType, string, string), Series> _series = [];
    private readonly Dictionary<string, Bucket> _buckets = [];

    public EventWrite Correlate(EventReport report)
    {
        if (_series.TryGetValue(report.Key, out var series) && report.At - series.Last < Window)
        {
            series = series with { Count = series.Count + 1, Last = report.At };
            _series[report.Key] = series;
            return new EventWrite.Repeat(series.Name, series.Count, report.At);
        }

        return report.IsFinal || TakeToken(report) ? Restart(report) : new EventWrite.Drop();
    }

    /// <summary>Starts a new event for a report, regardless of earlier ones.</summary>
    public EventWrite Restart(EventReport report)
    {
        var suffix = $".{newId():N}";
        var name = report.About.Name ?? "";
        name = name[..Math.Min(name.Length, MaxNameLength - suffix.Length)] + suffix;
        var key = new NamespacedName(report.About.NamespaceProperty ?? "default", name);
        MakeRoom(_series, series => report.At - series.Last >= Window);
        _series[report.Key] = new(key, 1, report.At);
        return new EventWrite.Create(new()
        {
            Metadata = new() { Name = key.Name, NamespaceProperty = key.Namespace },
            InvolvedObject = report.About,
            Type = report.Type.ToString(),
            Reason = report.Reason,
            Message = report.Message,
            Count = 1,
            FirstTimestamp = report.At.UtcDateTime,
            LastTimestamp = report.At.UtcDateTime,
            Source = new() { Component = component },
            ReportingComponent = component,
        });
    }

    private bool TakeToken(EventReport report)
    {
        MakeRoom(_buckets, bucket => bucket.TokensAt(report.At) >= Burst);
        var tokens = _buckets.TryGetValue(report.ObjectKey, out var bucket) ? bucket.TokensAt(report.At) : Burst;
        if (tokens < 1)
        {
            return false;
        }

        _buckets[report.ObjectKey] = new(tokens - 1, report.At);
        return true;
    }

    // Dropping a series or bucket costs an additional event, never a wrong one.
    private static void MakeRoom<TKey, TValue>(Dictionary<TKey, TValue> remembered, Func<TValue, bool> isOver)
        where TKey : notnull
    {
        if (remembered.Count < MaxRemembered)
        {
            return;
        }

        foreach (var key in remembered.Where(entry => isOver(entry.Value)).Select(entry => entry.Key).ToList())
        {
            remembered.Remove(key);
        }

        if (remembered.Count >= MaxRemembered)
        {
            remembered.Clear();
        }
    }

    private sealed record Series(NamespacedName Name, int Count, DateTimeOffset Last);

    private sealed record Bucket(double Tokens, DateTimeOffset At)
    {
        public double TokensAt(DateTimeOffset now) => Math.Min(Burst, Tokens + ((now - At) / Refill));
    }
}
