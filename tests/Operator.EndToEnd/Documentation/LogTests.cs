using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Operator.EndToEnd.Monitoring;
using Operator.EndToEnd.Support;
using Operator.Hosting;
using Operator.Simulator.Network;
using Operator.Simulator.Time;
using Operator.Simulator.World;

namespace Operator.EndToEnd.Documentation;

/// <summary>The command that the documentation gives for the log works on what the operator logs.</summary>
[Collection(MonitoringCollection.Name)] // a driven clock needs its process to itself
public sealed partial class LogTests
{
    [ProgramFact("jq")]
    public async Task JqLine_OfTheDocumentation_FindsTheLinesOfAnInstance_WithTheirTime()
    {
        var command = JqLine().Match(await File.ReadAllTextAsync(Repository.PathOf("docs/operations.md")));
        Assert.True(command.Success, "docs/operations.md has no command with jq");
        using var log = new JsonLog();
        var instance = await LaunchOneAsync(log);

        var filter = command.Groups["filter"].Value.Replace("i-0123456789abcdef0", instance, StringComparison.Ordinal);
        Assert.Contains(instance, filter, StringComparison.Ordinal);
        var lines = (await Tool.RunAsync("jq", ["-r", filter], input: log.Text)).Require().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.InRange(lines.Length, 2, log.Text.Split('\n').Length - 1);
        Assert.All(lines, line => Assert.True(
            DateTimeOffset.TryParseExact(line.Split(' ')[0], "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _), line));
    }

    private static async Task<string> LaunchOneAsync(JsonLog log)
    {
        var clock = new ManualTimeProvider();
        await using var world = await SimulatedWorld.StartAsync(new() { Clock = clock, Network = await MemoryNetwork.CreateAsync() }, CancellationToken.None);
        await using var process = await world.StartOperatorAsync(new CallGate(), logging => logging.AddProvider(log), CancellationToken.None);
        foreach (var sample in new[] { "secret", "resourceclass", "runnerpool-scaleset" })
        {
            world.Apply(await File.ReadAllTextAsync(Repository.PathOf($"config/samples/{sample}.yaml")));
        }

        var driver = new WorldDriver(world, clock);
        driver.Operators.Add(process);
        await driver.RunUntilAsync(() => world.GitHub.Runners.Any(runner => runner.Online), TimeSpan.FromMinutes(15), "a runner");
        return world.Aws.Instances[0].Id;
    }

    [GeneratedRegex(@"\| jq -r '(?<filter>[^']+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex JqLine();

    /// <summary>Records the operator's console output, rendered by its own formatter.</summary>
    private sealed class JsonLog : ILoggerProvider, ISupportExternalScope
    {
        private readonly ServiceProvider _services = new ServiceCollection()
            .AddLogging(logging => LogOutput.Configure(logging, asJson: true, LogLevel.Information)).BuildServiceProvider();

        private readonly ConsoleFormatter _formatter;
        private readonly StringWriter _text = new(CultureInfo.InvariantCulture);
        private IExternalScopeProvider? _scopes;

        public JsonLog() => _formatter = _services.GetServices<ConsoleFormatter>().Single(found => found.Name == ExpectedErrorConsoleFormatter.FormatterName);

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose() => _services.Dispose();

        private sealed class Category(JsonLog log, string name) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => log._scopes?.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                lock (log._text)
                {
                    log._formatter.Write(new LogEntry<TState>(logLevel, name, eventId, state, exception, formatter), log._scopes, log._text);
                }
            }
        }
    }
}
