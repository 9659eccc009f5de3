using Operator.Runtime.Metrics;

namespace Operator.Runtime;

/// <summary>What a part of the runtime would otherwise take from its surroundings, so that a test can drive all of it.</summary>
/// <param name="Time">The clock behind every stamp, delay and timer.</param>
/// <param name="Jitter">A random number from 0 to 1, drawn once for each delay.</param>
/// <param name="NewId">Makes ids for passes and events.</param>
/// <param name="Loggers">Makes the loggers.</param>
/// <param name="Metrics">Counts and measures.</param>
public sealed record RuntimeEnvironment(
    TimeProvider Time,
    Func<double> Jitter,
    Func<Guid> NewId,
    ILoggerFactory Loggers,
    RuntimeMetrics Metrics);
