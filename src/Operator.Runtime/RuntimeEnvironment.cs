using Operator.Runtime.Metrics;

namespace Operator.Runtime;

/// <summary>The runtime's ambient dependencies, injected so that tests can control them.</summary>
/// <param name="Time">The clock for all timestamps, delays and timers.</param>
/// <param name="Jitter">A random number from 0 to 1, drawn once for each delay.</param>
/// <param name="NewId">Creates ids for reconciles and events.</param>
/// <param name="Loggers">Creates the loggers.</param>
/// <param name="Metrics">The runtime's metrics.</param>
public sealed record RuntimeEnvironment(
    TimeProvider Time,
    Func<double> Jitter,
    Func<Guid> NewId,
    ILoggerFactory Loggers,
    RuntimeMetrics Metrics);
