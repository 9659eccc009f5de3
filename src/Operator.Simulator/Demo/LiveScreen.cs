using Spectre.Console;

namespace Operator.Simulator.Demo;

/// <summary>For terminals: tables that change in place.</summary>
internal sealed class LiveScreen : IDemoScreen
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(150);

    public async Task ShowAsync(Task story, Func<DemoFrame> frame)
    {
        // A live picture stays as high as it ever was; the last one is drawn by itself, without blank lines below.
        await AnsiConsole.Live(Draw(frame())).AutoClear(true).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            while (!story.IsCompleted)
            {
                live.UpdateTarget(Draw(frame()));
                await Task.WhenAny(story, Task.Delay(Look, TimeProvider.System, CancellationToken.None));
            }
        });
        AnsiConsole.Write(Draw(frame()));
    }

    private static Rows Draw(DemoFrame frame) => new(
        new Rule($"[bold]GitHub runners on EC2[/]  [grey]simulated time {frame.At:HH:mm:ss}[/]").LeftJustified(),
        new Rows(frame.Told.Select(Line)),
        PoolTable(frame),
        LeaseTable(frame),
        new Rows(frame.Events.Select(text => new Text(text, Color.Grey) { Overflow = Overflow.Ellipsis })));

    private static Text Line(string line) => new(line, line[0] == ' ' ? Style.Plain : new Style(Color.Aqua, decoration: Decoration.Bold));

    private static Table PoolTable(DemoFrame frame)
    {
        var table = TableOf("Pool", "Demand", "Min idle", "Max", "Total", "Coming", "Idle", "Busy", "Draining");
        foreach (var pool in frame.Pools)
        {
            var runners = pool.Runners;
            int[] counts = [runners.Total, runners.Coming, runners.Idle, runners.Busy, runners.Draining];
            table.AddRow(
            [
                new Text(pool.Name, pool.IsGoing ? Color.Yellow : Style.Plain), new Text(pool.Demand), new Text($"{pool.MinIdle}"),
                new Text($"{pool.MaxRunners}"), .. counts.Select(count => new Text($"{count}", count == 0 ? Color.Grey : Style.Plain)),
            ]);
        }

        return table;
    }

    private static Table LeaseTable(DemoFrame frame)
    {
        var table = TableOf("Lease", "Phase", "Instance", "Type", "Zone", "Market", "Job");
        foreach (var lease in frame.Leases)
        {
            table.AddRow(
                new Text(lease.Name), new Text(lease.Phase, ColorOf(lease.Phase)), new Text(lease.Instance), new Text(lease.Type),
                new Text(lease.Zone), new Text(lease.UsageClass), new Text(lease.Job?.ToString() ?? ""));
        }

        return table;
    }

    private static Table TableOf(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).Expand();
        return table.AddColumns([.. columns.Select(name => new TableColumn(name).NoWrap())]);
    }

    private static Color ColorOf(string phase) => phase switch
    {
        "Idle" => Color.Green,
        "Busy" or "Leased" => Color.Blue,
        "Draining" => Color.Yellow,
        _ => Color.Grey,
    };
}
