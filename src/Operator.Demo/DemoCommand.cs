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
        Description = "Leave the pools up at the end, print where everything listens, and wait for Ctrl-C.",
    };

    private static readonly Option<DirectoryInfo?> SamplesDirectory = new("--samples")
    {
        Description = "Directory of the manifests; without it config/samples, here or in a directory above.",
    };

    private static readonly Option<double> Speed = new Option<double>("--speed")
    {
        Description = "How many simulated seconds pass in one.",
        DefaultValueFactory = _ => DemoOptions.DefaultSpeed,
    }.MustBe(
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var speed) && speed is >= 1 and <= 100, "a number from 1 to 100");

    // A Sunday, outside the working hours that a sample's schedule knows.
    private static readonly DateTimeOffset Start = new(2026, 1, 4, 12, 0, 0, TimeSpan.Zero);

    public static RootCommand Create()
    {
        var command = new RootCommand("The operator at work on a simulated Kubernetes, EC2 and GitHub.") { KeepRunning, SamplesDirectory, Speed, ServeCommand.Create() };
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

                // The real GitHub waits ten minutes before it gives a lost runner's job up; nobody wants to watch that.
                GitHub = new() { Limits = GitHubLimits.None, LostRunnerTimeout = TimeSpan.FromMinutes(1) },
            },
            cancellationToken);
        if (samples.WebhookSecret is { } secret)
        {
            world.AddWebhook(secret);
        }

        await using var process = await world.StartOperatorAsync(new CallGate(), _ => { }, cancellationToken);
        var story = new DemoStory(world, samples, cancellationToken);
        IDemoScreen screen = Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi ? new LineScreen(Console.Out) : new LiveScreen();
        await screen.ShowAsync(story.TellAsync(options.KeepRunning), story.Frame);
        await story.Told;

        var summary = DemoSummary.Create(world, story, TimeProvider.System.GetElapsedTime(begun), options.KeepRunning);
        await Console.Out.WriteLineAsync(summary.Text);
        if (options.KeepRunning)
        {
            await Addresses.PrintAndWaitAsync(world, cancellationToken);
        }

        return summary.IsGood ? 0 : 1;
    }
}

/// <summary>How the demo is told.</summary>
internal sealed record DemoOptions
{
    public const double DefaultSpeed = 25;

    /// <summary>Whether pools stay up at the end.</summary>
    public bool KeepRunning { get; init; }

    /// <summary>Where the manifests are; null looks for <c>config/samples</c>.</summary>
    public DirectoryInfo? Samples { get; init; }

    /// <summary>How many simulated seconds pass in one.</summary>
    public double Speed { get; init; } = DefaultSpeed;
}

/// <summary>The demo cannot go on; the message says why.</summary>
internal sealed class DemoException(string message) : CommandException(message);
