namespace Operator.Runtime.Client;

/// <summary>
/// Reduces an outage of the API server to one warning and one line at its end for the whole process: meanwhile, other messages about failed
/// calls are logged at debug level, because every such call is retried.
/// </summary>
public sealed partial class OutageLoggers : ILoggerFactory
{
    private readonly ILoggerFactory _inner;
    private readonly ApiHealth _health;
    private readonly ILogger _logger;

    /// <param name="inner">Creates the loggers.</param>
    /// <param name="health">Detects outages.</param>
    public OutageLoggers(ILoggerFactory inner, ApiHealth health)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(health);
        (_inner, _health, _logger) = (inner, health, inner.CreateLogger<ApiHealth>());
        health.FollowOutages(
            (since, failure) => LogBegin(since.UtcDateTime, failure.Message),
            duration => LogEnd((int)duration.TotalSeconds));
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new OutageLogger(_inner.CreateLogger(categoryName), _health);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();

    [LoggerMessage(LogLevel.Warning, "The API server has been unavailable since {Since:u}; retrying: {Error}")]
    private partial void LogBegin(DateTime since, string error);

    [LoggerMessage(LogLevel.Information, "The API server is available again after {Seconds} s")]
    private partial void LogEnd(int seconds);

    private sealed class OutageLogger(ILogger inner, ApiHealth health) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var level = LevelOf(logLevel, exception);
            if (inner.IsEnabled(level))
            {
                inner.Log(level, eventId, state, exception, formatter);
            }
        }

        private LogLevel LevelOf(LogLevel level, Exception? exception) =>
            level > LogLevel.Information && exception is not null && ApiHealth.IsOutage(exception) && health.IsFailing ? LogLevel.Debug : level;
    }
}
