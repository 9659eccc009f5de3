using Spectre.Console;
using Spectre.Console.Rendering;

namespace Operator.Demo;

/// <summary>For terminals: tables that change in place.</summary>
internal sealed class LiveScreen : IDemoScreen
{
    /// <summary>Below it, only the present chapter and the tables have room.</summary>
    private const int RoomyHeight = 45;

    /// <summary>Below it, columns that few will miss are left out.</summary>
    private const int RoomyWidth = 115;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(150);

    private static readonly (string Name, int Width)[] PoolColumns =
        [("Pool", 23), ("Demand", 10), ("Min idle", 8), ("Max", 3), ("Total", 5), ("Coming", 6), ("Idle", 4), ("Busy", 4), ("Draining", 8)];

    private static readonly (string Name, int Width)[] LeaseColumns =
        [("Lease", 23), ("Phase", 11), ("Instance", 19), ("Job", 4), ("Market", 9), ("Type", 12), ("Zone", 13)];

    public async Task ShowAsync(Task story, Func<DemoFrame> frame)
    {
        // A live picture stays as high as it ever was; the last one is drawn by itself, without blank lines below.
        await AnsiConsole.Live(Draw(frame())).AutoClear(true).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            while (!story.IsCompleted)
            {
                live.UpdateTarget(Draw(frame()));
                await Task.WhenAny(story, Task.Delay(PollInterval, TimeProvider.System, CancellationToken.None));
            }
        });
        AnsiConsole.Write(Draw(frame() with { Events = [] }, isLast: true));
    }

    private static Rows Draw(DemoFrame frame, bool isLast = false)
    {
        var isRoomy = isLast || AnsiConsole.Profile.Height >= RoomyHeight;
        var told = isRoomy ? frame.Told : [.. frame.Told.Skip(frame.Told.Index().LastOrDefault(line => line.Item[0] != ' ').Index)];
        List<IRenderable> parts =
        [
            new Rule($"[bold]GitHub runners on EC2[/]  [grey]simulated time {frame.At:HH:mm:ss}[/]").LeftJustified(),
            .. told.DefaultIfEmpty("   The operator starts.").Select(Line), // a picture of one line would creep upwards
        ];
        if (frame.Pools.Count > 0)
        {
            parts.Add(PoolTable(frame));
        }

        if (frame.Leases.Count > 0)
        {
            parts.Add(LeaseTable(frame));
        }

        if (isRoomy)
        {
            parts.AddRange(frame.Events.Select(text => new Text(text, Color.Grey) { Overflow = Overflow.Ellipsis }));
        }

        return new Rows(parts);
    }

    private static Text Line(string line) => new(line, line[0] == ' ' ? Style.Plain : new Style(Color.Aqua, decoration: Decoration.Bold));

    private static Table PoolTable(DemoFrame frame)
    {
        var table = TableOf(PoolColumns);
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
        LeaseCell[] cells =
        [
            lease => new Text(lease.Name), lease => new Text(lease.Phase, ColorOf(lease.Phase)), lease => new Text(lease.Instance),
            lease => new Text(lease.Job?.ToString() ?? ""), lease => new Text(lease.UsageClass), lease => new Text(lease.Type), lease => new Text(lease.Zone),
        ];
        var shown = AnsiConsole.Profile.Width >= RoomyWidth ? cells.Length : cells.Length - 2;
        var table = TableOf(LeaseColumns[..shown]);
        foreach (var lease in frame.Leases)
        {
            table.AddRow(cells[..shown].Select(cell => cell(lease)));
        }

        return table;
    }

    private delegate Text LeaseCell(LeaseRow lease);

    // Of fixed width: columns that follow their content jump about.
    private static Table TableOf((string Name, int Width)[] columns)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        return table.AddColumns([.. columns.Select(column => new TableColumn(column.Name).Width(column.Width).NoWrap())]);
    }

    private static Color ColorOf(string phase) => phase switch
    {
        "Idle" => Color.Green,
        "Busy" or "Leased" => Color.Blue,
        "Draining" => Color.Yellow,
        _ => Color.Grey,
    };
}
