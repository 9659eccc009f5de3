using System.CommandLine;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Commands.Kubectl;

/// <summary><c>kubectl runners drain</c> and <c>resume</c>: takes runners out of service; running jobs finish.</summary>
internal static class DrainCommand
{
    private static readonly Option<bool> Held = new("--held") { Description = "With a pool, also leases that a user or workflow run holds." };

    public static Command Create()
    {
        var command = KubectlArguments.WithCluster(new("drain", "Drain a lease, or pause a pool and drain its leases. Running jobs finish; idle machines go at once.") { KubectlArguments.Target, Held });
        command.SetAction(RunAsync);
        return command;
    }

    public static Command CreateResume()
    {
        var command = KubectlArguments.WithCluster(new("resume", "Let a drained pool launch machines again.") { KubectlArguments.Pool });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new KubectlSession(parsed);
            var pool = await session.FindPoolAsync(parsed.GetValue(KubectlArguments.Pool)!, cancellationToken);
            await PauseAsync(session, pool, isPaused: false, cancellationToken);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"runnerpool.{EntityGroup.Name}/{pool.Metadata.Name} resumed");
            return 0;
        });
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var session = new KubectlSession(parsed);
        var output = parsed.InvocationConfiguration.Output;
        var target = await session.FindAsync(parsed.GetValue(KubectlArguments.Target)!, cancellationToken);
        if (target.Pool is { } pool)
        {
            await PauseAsync(session, pool, isPaused: true, cancellationToken);
            await output.WriteLineAsync($"runnerpool.{EntityGroup.Name}/{pool.Metadata.Name} paused; kubectl runners resume {pool.Metadata.Name} -n {session.Namespace} undoes that");
        }

        foreach (var lease in target.Lease is { } one ? [one] : await LeasesOfAsync(session, target.Pool!, parsed.GetValue(Held), cancellationToken))
        {
            await session.Client.DeleteAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), new DeleteOptions(lease.Metadata.Uid), cancellationToken);
            await output.WriteLineAsync($"runnerlease.{EntityGroup.Name}/{lease.Metadata.Name} draining{(lease.Status?.Job is { } job ? $"; its job {job.Id} finishes first" : "")}");
        }

        return 0;
    }

    private static async Task<IReadOnlyList<V1Alpha1RunnerLease>> LeasesOfAsync(KubectlSession session, V1Alpha1RunnerPool pool, bool withHeld, CancellationToken cancellationToken) =>
    [
        .. (await session.ListAsync<V1Alpha1RunnerLease>(cancellationToken)).Where(lease =>
            lease.Spec.PoolName == pool.Metadata.Name && lease.Metadata.DeletionTimestamp is null && (withHeld || lease.Spec.Holder is null)),
    ];

    private static async Task PauseAsync(KubectlSession session, V1Alpha1RunnerPool pool, bool isPaused, CancellationToken cancellationToken) =>
        await session.Client.PatchAsync<V1Alpha1RunnerPool>(
            NamespacedName.From(pool), new JsonObject { ["spec"] = new JsonObject { ["paused"] = isPaused ? true : null } }, subresource: null, cancellationToken);
}
