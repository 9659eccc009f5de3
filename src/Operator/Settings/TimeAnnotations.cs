using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Times that any replica writes to a pool's annotations, for the leader to act on.</summary>
internal static class TimeAnnotations
{
    /// <summary>The time in an annotation; null for none.</summary>
    public static DateTimeOffset? Read(V1Alpha1RunnerPool pool, string annotation) =>
        pool.Metadata.Annotations?.GetValueOrDefault(annotation) is { } text
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>Whether a time is recent enough to stand for another one; one in the future never is.</summary>
    public static bool IsWithin(DateTimeOffset? last, TimeSpan interval, DateTimeOffset now) => last <= now && now - last < interval;

    /// <summary>Writes a time into an annotation.</summary>
    /// <exception cref="KubernetesApiException">It was refused, for example because the pool is another one by now.</exception>
    public static Task WriteAsync(IKubernetesClient client, V1Alpha1RunnerPool pool, string annotation, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var annotations = new JsonObject { [annotation] = TimeText.Format(time) };
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pool.Metadata.Uid, ["annotations"] = annotations } };
        return client.PatchAsync<V1Alpha1RunnerPool>(NamespacedName.From(pool), patch, subresource: null, cancellationToken);
    }
}
