using System.CommandLine;
using System.Globalization;
using Operator.Commands;
using Operator.Hosting;
using Operator.Simulator.GitHub;
using Operator.Simulator.Time;
using Operator.Simulator.World;
using Spectre.Console;

namespace Operator.Demo;

/// <summary>The operator with the samples on a simulated world, live in the terminal, from launch to deletion.</summary>
internal static class DemoCommand
{
    private static readonly Option<bool> KeepRunning = new("--keep-running")
    {
        Description = "Keep the pools at the end, print the address of each service, and wait for Ctrl-C.",
    };

    private static readonly Option<DirectoryInfo?> SamplesDirectory = new("--samples")
    {
        Description = "Directory of the manifests; defaults to config/samples in this directory or a parent.",
    };

    private static readonly Option<double> Speed = SpeedOption(DemoOptions.DefaultSpeed);

    // A Sunday, outside the working hours of a sample's schedule.
    private static readonly DateTimeOffset Start = new(2026, 1, 4, 12, 0, 0, TimeSpan.Zero);

    /// <summary>How fast a simulated world runs.</summary>
    /// <param name="missing">The speed without the option.</param>
    public static Option<double> SpeedOption(double missing) => new Option<double>("--speed")
    {
        Description = "Number of simulated seconds per second.",
        DefaultValueFactory = _ => missing,
    }.MustBe(
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var speed) && speed is >= 1 and <= 100, "a number from 1 to 100");

    public static RootCommand Create()
    {
        var command = new RootCommand("The operator at work on a simulated Kubernetes, EC2 and GitHub.") { KeepRunning, SamplesDirectory, Speed, ServeCommand.Create(), DashboardCommand.Create() };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new DemoOptions
            {
                KeepRunning = parsed.GetValue(KeepRunning),
                Samples = parsed.GetValue(SamplesDirectory),
                Speed = parsed.GetValue(Speed),
            },
            cancellationToken));
        return command;
    }

    public static async Task<int> RunAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await TellAsync(options, cancellationToken);
        }
        catch (DemoException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted");
            return 130;
        }
    }

    private static async Task<int> TellAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        var samples = Samples.Read(options.Samples);
        var clock = new AcceleratedTimeProvider(Start, options.Speed, TimeProvider.System);
        var begun = TimeProvider.System.GetTimestamp();
        await using var world = await SimulatedWorld.StartAsync(
            new WorldOptions
            {
                Clock = clock,
                NetworkTime = TimeProvider.System,

                // Windows takes many minutes to boot; the demo should not.
                Aws = new() { WindowsBootTime = TimeSpan.FromMinutes(1) },

                // GitHub waits ten minutes before it gives up on a lost runner's job; the demo should not.
                GitHub = new() { Limits = GitHubLimits.None, LostRunnerTimeout = TimeSpan.FromMinutes(1) },
            },
            cancellationToken);
        if (samples.WebhookSecret is { } secret)
        {
            world.AddWebhook(secret);
        }

        world.ServesDashboard = true;
        world.ServesLeases = true;
        await using var process = await world.StartOperatorAsync(new CallGate(), _ => { }, cancellationToken);
        await Console.Out.WriteLineAsync($"Dashboard: {process.Dashboard}");
        var script = ActionStep.FindScript(options.Samples ?? new DirectoryInfo(Directory.GetCurrentDirectory()));
        var action = script is not null && ActionStep.CanRun() ? new ActionStep(world, process.LeaseApi!, script) : null;
        var story = new DemoStory(world, samples, action, cancellationToken);
        IDemoScreen screen = Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi ? new LineScreen(Console.Out) : new LiveScreen();
        await screen.ShowAsync(story.TellAsync(options.KeepRunning), story.Frame);
        await story.Told;

        var summary = DemoSummary.Create(world, story, TimeProvider.System.GetElapsedTime(begun), options.KeepRunning);
        await Console.Out.WriteLineAsync(summary.Text);
        if (options.KeepRunning)
        {
            await Addresses.PrintAndWaitAsync(world, process.Dashboard, cancellationToken);
        }

        return summary.IsGood ? 0 : 1;
    }
}

/// <summary>Options of the demo.</summary>
internal sealed record DemoOptions
{
    public const double DefaultSpeed = 25;

    /// <summary>Whether pools are kept at the end.</summary>
    public bool KeepRunning { get; init; }

    /// <summary>Directory of the manifests; null searches for <c>config/samples</c>.</summary>
    public DirectoryInfo? Samples { get; init; }

    /// <summary>Number of simulated seconds per second.</summary>
    public double Speed { get; init; } = DefaultSpeed;
}

/// <summary>The demo cannot continue; the message says why.</summary>
internal sealed class DemoException(string message) : CommandException(message);
