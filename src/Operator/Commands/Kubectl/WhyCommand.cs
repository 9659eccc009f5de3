using System.CommandLine;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Entities.Schema;
using Operator.Leases;

namespace Operator.Commands.Kubectl;

/// <summary><c>kubectl runners why</c>: why a pool, lease or job waits, or is as it is.</summary>
internal static class WhyCommand
{
    private static readonly Argument<string> Target = new("NAME") { Description = "pool/NAME, lease/NAME, job/NUMBER, or the name of a pool or lease." };

    private static readonly Option<string?> Output = KubectlArguments.Output("json", "yaml");

    public static Command Create()
    {
        var command = KubectlArguments.WithCluster(new("why", "Explain why a pool, lease or job waits, or was served as it was.") { Target, Output });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var session = new KubectlSession(parsed);
        var explanations = await ExplainAsync(session, parsed.GetValue(Target)!, cancellationToken);
        await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(Output) switch
        {
            "json" => ReadableJson.Write(ToJson(explanations)),
            "yaml" => YamlWriter.Write(ToJson(explanations)),
            _ => string.Join('\n', explanations.Select(explanation => explanation.ToText(session.Now))),
        });
        return 0;
    }

    private static async Task<IReadOnlyList<Explanation>> ExplainAsync(KubectlSession session, string text, CancellationToken cancellationToken)
    {
        var (kind, name) = KubectlSession.Split(text);
        var events = await session.ListAsync<ShownEvent>(cancellationToken);
        if (kind == "job")
        {
            return OfJob(
                name, await session.ListAsync<V1Alpha1RunnerPool>(cancellationToken), await session.ListAsync<V1Alpha1RunnerLease>(cancellationToken), events, session.Now);
        }

        var found = await session.FindAsync(text, cancellationToken);
        return found.Lease is { } lease
            ? [Explanation.Of(lease, await session.Client.GetAsync<V1Alpha1RunnerPool>(new(session.Namespace, lease.Spec.PoolName!), cancellationToken), events, session.Now)]
            : [Explanation.Of(found.Pool!, await session.ListAsync<V1Alpha1RunnerLease>(cancellationToken), events, session.Now)];
    }

    /// <summary>Explains a job: by the leases that run it or were made for it, else by the pools in which jobs wait.</summary>
    public static IReadOnlyList<Explanation> OfJob(
        string job, IReadOnlyList<V1Alpha1RunnerPool> pools, IReadOnlyList<V1Alpha1RunnerLease> leases, IReadOnlyList<ShownEvent> events, DateTimeOffset now)
    {
        var own = leases.Where(lease => lease.Status?.Job?.Id == job || LeaseJobs.LabelOf(lease) == job).OrderBy(lease => lease.Status?.Job?.Id != job).ToList();
        if (own.Count > 0)
        {
            return [.. own.Select(lease => Explanation.Of(lease, pools.FirstOrDefault(pool => pool.Metadata.Name == lease.Spec.PoolName), events, now))];
        }

        var waiting = pools.Where(pool => pool.Status?.Waiting > 0).ToList();
        var nobody = new Explanation("Job", job, waiting.Count == 0
            ? "no lease runs it or was made for it, and no job waits for a pool of this namespace: it has ended, or no pool has its labels (docs/demand.md)"
            : "no lease runs it or was made for it; jobs wait for these pools, and GitHub does not say which", [], []);
        return [nobody, .. waiting.Select(pool => Explanation.Of(pool, leases, events, now))];
    }

    private static JsonObject ToJson(IEnumerable<Explanation> explanations) => new()
    {
        ["items"] = new JsonArray([.. explanations.Select(one => (JsonNode)new JsonObject
        {
            ["kind"] = one.Kind,
            ["name"] = one.Name,
            ["summary"] = one.Summary,
            ["details"] = new JsonArray([.. one.Details.Select(detail => (JsonNode)detail)]),
            ["events"] = new JsonArray([.. one.Events.Select(shown => (JsonNode)new JsonObject
            {
                ["at"] = TimeText.Format(shown.At),
                ["type"] = shown.Type,
                ["reason"] = shown.Reason,
                ["message"] = shown.Message,
            })]),
        })]),
    };
}
