using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// One trace per lease. The trace id is the lease's UID, so every process adds to the same trace and the UID is enough to find it. Nothing
/// is kept in memory: each span is exported when it ends. Free without a listener.
/// </summary>
internal static class LeaseTraces
{
    /// <summary>What a listener subscribes to.</summary>
    public const string SourceName = "Operator.Leases";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The id of a lease's trace: its UID without hyphens.</summary>
    public static ActivityTraceId IdOf(string uid) => ActivityTraceId.CreateFromString(
        Guid.TryParse(uid, out var id) && id != Guid.Empty
            ? id.ToString("N")
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uid)).AsSpan(0, 16)));

    /// <summary>Starts the span of an action on a lease; dispose it when the action is done.</summary>
    public static Span Begin(V1Alpha1RunnerLease lease, string name, TimeProvider time) =>
        new(Start(lease, name, time.GetUtcNow()), time);

    /// <summary>Starts the span of a call within an action on a lease; other calls are not traced.</summary>
    public static Span BeginCall(string service, string action, TimeProvider time) => BeginPart($"{service} {action}", ActivityKind.Client, time);

    /// <summary>Starts the span of a part of the current action on a lease.</summary>
    public static Span BeginPart(string name, ActivityKind kind, TimeProvider time) => new(
        Activity.Current is { } current && current.Source == Source
            ? Source.StartActivity(name, kind, current.Context, tags: null, links: null, time.GetUtcNow())
            : null,
        time);

    /// <summary>Adds spans for the phases that ended with a change of a lease.</summary>
    public static void Observe(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after, DateTimeOffset now)
    {
        if (!Source.HasListeners() || before is null)
        {
            return;
        }

        var (earlier, status) = (before.Status, after?.Status);
        if (earlier?.Launch?.At is null && status?.Launch?.At is { } asked)
        {
            Record(after!, "wait", after!.Metadata.CreationTimestamp, asked);
        }

        if (earlier?.Instance?.ReadyAt is null && status?.Instance?.ReadyAt is { } ready)
        {
            Record(after!, "boot", status.Instance.SwitchedOnAt, ready);
        }

        if (earlier?.Job is { } job && status?.Job?.Id != job.Id)
        {
            Record(before, "job", job.StartedAt, now);
        }

        if (after is null)
        {
            Record(before, "drain", before.Metadata.DeletionTimestamp ?? before.Status?.Drain?.BegunAt, now);
            Record(before, "lease", before.Metadata.CreationTimestamp, now);
        }
    }

    private static void Record(V1Alpha1RunnerLease lease, string name, DateTimeOffset? from, DateTimeOffset to)
    {
        if (from is { } begun && Start(lease, name, begun) is { } span)
        {
            // API server timestamps have whole seconds: the end must not precede the start.
            span.SetEndTime((to > begun ? to : begun).UtcDateTime);
            span.Dispose();
        }
    }

    private static Activity? Start(V1Alpha1RunnerLease lease, string name, DateTimeOffset at)
    {
        if (!Source.HasListeners() || lease.Metadata.Uid is not { } uid)
        {
            return null;
        }

        var life = new ActivityContext(IdOf(uid), default, ActivityTraceFlags.Recorded);
        return Source.StartActivity(name, ActivityKind.Internal, life, TagsOf(lease), links: null, at);
    }

    private static IEnumerable<KeyValuePair<string, object?>> TagsOf(V1Alpha1RunnerLease lease)
    {
        var pool = LeaseIndexes.PoolOf(lease);
        yield return new("k8s.namespace.name", pool.Namespace);
        yield return new("ec2runners.pool", pool.Name);
        yield return new("ec2runners.lease", lease.Metadata.Name);
        if (lease.Status?.Instance is { } instance)
        {
            yield return new("host.id", instance.Id);
            yield return new("host.type", instance.Type);
            yield return new("cloud.availability_zone", instance.Zone);
        }

        if (lease.Status?.Job is { } job)
        {
            yield return new("github.job.id", job.Id);
            yield return new("github.repository", job.Repository);
        }
    }

    /// <summary>A span that ends on disposal; null without a listener.</summary>
    /// <param name="activity">The span.</param>
    /// <param name="time">The clock.</param>
    public readonly struct Span(Activity? activity, TimeProvider time) : IDisposable
    {
        public void Fail(Exception exception) => activity?.SetStatus(ActivityStatusCode.Error, exception.Message);

        public void Tag(string name, string? value) => activity?.SetTag(name, value);

        public void Dispose()
        {
            activity?.SetEndTime(time.GetUtcNow().UtcDateTime);
            activity?.Dispose();
        }
    }
}
