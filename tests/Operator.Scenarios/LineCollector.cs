using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A line of an operator's log.</summary>
internal sealed record Line(LogLevel Level, string Text, IReadOnlyDictionary<string, string?> Fields);

/// <summary>What an operator logs.</summary>
internal sealed class LineCollector : ILoggerProvider, ILogger
{
    public ConcurrentQueue<Line> Lines { get; } = [];

    /// <summary>Starts an operator whose log is collected.</summary>
    public static async Task<LineCollector> StartOperatorAsync(Scenario scenario)
    {
        var log = new LineCollector();
        scenario.Driver.Operators.Add(await scenario.World.StartOperatorAsync(
            new CallGate(), logging => logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddProvider(log), CancellationToken.None));
        return log;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue(new(
            logLevel,
            formatter(state, exception),
            (state as IReadOnlyList<KeyValuePair<string, object?>> ?? []).ToDictionary(field => field.Key, field => field.Value?.ToString(), StringComparer.Ordinal)));

    public void Dispose()
    {
    }
}
