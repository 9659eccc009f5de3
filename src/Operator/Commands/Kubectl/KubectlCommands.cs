using System.CommandLine;
using Operator.Commands.Cost;
using Operator.Entities.RunnerPools;

namespace Operator.Commands.Kubectl;

/// <summary>The commands of <c>kubectl runners</c>.</summary>
internal static class KubectlCommands
{
    /// <summary>The program's root.</summary>
    public static RootCommand Root() => new("GitHub Actions runners on EC2: what they do and why, their machines, and their cost.")
    {
        PoolsCommand.Create(),
        WhyCommand.Create(),
        LogsCommand.Create(),
        ConnectCommand.Create(),
        DrainCommand.Create(),
        DrainCommand.CreateResume(),
        RotateCommand.Create(),
        CreateCost(),
        VersionCommand.Create(),
    };

    private static Command CreateCost()
    {
        var period = new Option<string>("--period") { Description = "today or month, UTC.", DefaultValueFactory = _ => CostPeriod.Month };
        period.AcceptOnlyFromAmong(CostPeriod.Today, CostPeriod.Month);
        var command = KubectlArguments.WithCluster(new("cost", "Print what pools have cost, by the prices of their machines at launch.") { period, KubectlArguments.AllNamespaces });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new KubectlSession(parsed);
            var pools = await session.ListAsync<V1Alpha1RunnerPool>(cancellationToken);
            await parsed.InvocationConfiguration.Output.WriteAsync(CostCommand.Report(pools, CostPeriod.Parse(parsed.GetValue(period)!)!, session.Now).ToText());
            return 0;
        });
        return command;
    }
}
