using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.Entities.Schema;
using Operator.Hosting;
using Operator.Settings;

namespace Operator.Commands.Kubectl;

/// <summary><c>kubectl runners pools</c>: the pools, what waits for them, and why.</summary>
internal static class PoolsCommand
{
    private static readonly Argument<string[]> Names = new("NAME") { Description = "Only these pools.", Arity = ArgumentArity.ZeroOrMore };

    private static readonly Option<string?> Output = KubectlArguments.Output("wide", "name", "json", "yaml");

    public static Command Create()
    {
        var command = KubectlArguments.WithCluster(new("pools", "List pools: jobs that wait, runners by state, and what they cost.") { Names, Output, KubectlArguments.AllNamespaces });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var session = new KubectlSession(parsed);
        var names = parsed.GetValue(Names)!.Select(name => KubectlSession.Split(name).Name).ToList();
        var pools = (await session.ListAsync<V1Alpha1RunnerPool>(cancellationToken)).Where(pool => names.Count == 0 || names.Contains(pool.Metadata.Name!)).ToList();
        if (names.FirstOrDefault(name => pools.TrueForAll(pool => pool.Metadata.Name != name)) is { } missing)
        {
            throw new CommandException($"there is no RunnerPool '{missing}'{(session.IsEverywhere ? "" : $" in the namespace {session.Namespace}")}");
        }

        if (pools.Count == 0 && parsed.GetValue(Output) is null or "wide")
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"No pools found{(session.IsEverywhere ? "" : $" in {session.Namespace} namespace")}.");
            return 0;
        }

        await parsed.InvocationConfiguration.Output.WriteAsync(Print(pools, parsed.GetValue(Output), session.IsEverywhere, session.Now));
        return 0;
    }

    /// <summary>The pools in a format.</summary>
    /// <param name="pools">The pools.</param>
    /// <param name="format"><c>wide</c>, <c>name</c>, <c>json</c>, <c>yaml</c>, or null for a table.</param>
    /// <param name="withNamespace">Whether to name the namespaces.</param>
    /// <param name="now">For ages and costs.</param>
    public static string Print(IReadOnlyList<V1Alpha1RunnerPool> pools, string? format, bool withNamespace, DateTimeOffset now)
    {
        switch (format)
        {
            case "name":
                return string.Concat(pools.Select(pool => $"runnerpool.{EntityGroup.Name}/{pool.Metadata.Name}\n"));
            case "json":
                return ListOf(pools).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
            case "yaml":
                return YamlWriter.Write(ListOf(pools));
        }

        var isWide = format == "wide";
        List<string> header = ["NAME", "SOURCE", "MINIDLE", "MAX", "WAITING", "TOTAL", "BOOTING", "IDLE", "BUSY", "TODAY", "READY", "REASON", "AGE"];
        header.InsertRange(0, withNamespace ? ["NAMESPACE"] : []);
        header.AddRange(isWide ? ["OUTDATED", "USD/H", "MONTH", "MESSAGE"] : []);
        return KubectlTable.Write(header, pools.Select(pool => (IReadOnlyList<string>)
        [
            .. withNamespace ? [pool.Metadata.NamespaceProperty ?? ""] : Array.Empty<string>(),
            .. RowOf(pool, now),
            .. isWide ? WideOf(pool, now) : [],
        ]));
    }

    private static IEnumerable<string> RowOf(V1Alpha1RunnerPool pool, DateTimeOffset now)
    {
        var (status, ready) = (pool.Status, ReadyOf(pool));
        var capacity = status?.Capacity;
        return
        [
            pool.Metadata.Name ?? "",
            PoolValidation.DemandOf(pool).ToString(),
            Number(capacity?.IdleRunners ?? pool.Spec.Capacity.MinIdle ?? 0),
            Number(capacity?.MaxRunners ?? pool.Spec.Capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners),
            Number(status?.Waiting),
            Number(status?.Runners?.Total), Number(status?.Runners?.Booting), Number(status?.Runners?.Idle), Number(status?.Runners?.Busy),
            CostOf(pool, Cost.CostPeriod.Today, now),
            ready?.Status ?? "", ready?.Reason ?? "",
            KubectlTable.Age(pool.Metadata.CreationTimestamp, now),
        ];
    }

    private static IEnumerable<string> WideOf(V1Alpha1RunnerPool pool, DateTimeOffset now) =>
        [Number(pool.Status?.Runners?.Outdated), pool.Status?.HourlyCost ?? "", CostOf(pool, Cost.CostPeriod.Month, now), ReadyOf(pool)?.Message ?? ""];

    private static string CostOf(V1Alpha1RunnerPool pool, string period, DateTimeOffset now) =>
        pool.Status?.Cost is null ? "" : $"${Cost.CostReport.Money(Cost.CostCommand.Report([pool], Cost.CostPeriod.Parse(period)!, now).Total)}";

    private static V1Condition? ReadyOf(V1Alpha1RunnerPool pool) => ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.Ready);

    private static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static JsonObject ListOf(IEnumerable<V1Alpha1RunnerPool> pools) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "List",
        ["items"] = new JsonArray([.. pools.Select(pool =>
        {
            (pool.ApiVersion, pool.Kind) = ($"{EntityGroup.Name}/{EntityGroup.Version}", "RunnerPool");
            return JsonSerializer.SerializeToNode(pool, EntitiesJsonContext.Default.V1Alpha1RunnerPool);
        })]),
    };
}
