using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;

namespace Operator.Runtime.Tests.Support;

/// <summary>A fixed clock, no jitter, sequential ids, and a readable log.</summary>
internal sealed class TestEnvironment
{
    private int _ids;

    public TestEnvironment(ManualTimeProvider? clock = null)
    {
        Clock = clock ?? new ManualTimeProvider();
        Time = new ObservedTime(Clock);
        Runtime = new(Time, () => Jitter, () => new Guid(Interlocked.Increment(ref _ids), 0, 0, new byte[8]), new LogCollector(Log), new RuntimeMetrics(new Instruments()));
    }

    public ManualTimeProvider Clock { get; }

    public ObservedTime Time { get; }

    public double Jitter { get; set; }

    public ConcurrentQueue<LogEntry> Log { get; } = new();

    public RuntimeEnvironment Runtime { get; }

    public IEnumerable<LogEntry> Warnings => Log.Where(entry => entry.Level >= LogLevel.Warning);

    public void Advance(TimeSpan duration) => Clock.Advance(duration);

    private sealed class LogCollector(ConcurrentQueue<LogEntry> log) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Enqueue(new(logLevel, formatter(state, exception), exception));

        public void Dispose()
        {
        }
    }
}

internal sealed record LogEntry(LogLevel Level, string Text, Exception? Exception);
