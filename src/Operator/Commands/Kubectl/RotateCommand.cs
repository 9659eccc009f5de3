using System.CommandLine;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerPools;

namespace Operator.Commands.Kubectl;

/// <summary><c>kubectl runners rotate</c>: replaces a pool's idle machines.</summary>
internal static class RotateCommand
{
    public static Command Create()
    {
        var command = KubectlArguments.WithCluster(new(
            "rotate", $"Replace the idle machines of a pool within its roll-out budget, busy ones after their job (the annotation {Annotations.Rotate}).") { KubectlArguments.Pool });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var session = new KubectlSession(parsed);
        var pool = await session.FindPoolAsync(parsed.GetValue(KubectlArguments.Pool)!, cancellationToken);
        var time = TimeText.Format(session.Now);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Annotations.Rotate] = time } } };
        await session.Client.PatchAsync<V1Alpha1RunnerPool>(NamespacedName.From(pool), patch, subresource: null, cancellationToken);
        await parsed.InvocationConfiguration.Output.WriteLineAsync($"runnerpool.{EntityGroup.Name}/{pool.Metadata.Name} rotates machines launched before {time}");
        return 0;
    }
}
