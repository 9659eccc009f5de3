using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Operator.Hosting;

/// <summary>Writes as a formatter of the library does, but an expected failure in its line instead of with a stack trace.</summary>
/// <param name="inner">The library's.</param>
internal sealed class ExpectedErrorConsoleFormatter(ConsoleFormatter inner) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "ec2runners";

    /// <summary>Goes around the library's formatter that is configured: they are internal, and only a logging builder makes them.</summary>
    public static ExpectedErrorConsoleFormatter Around(Action<ILoggingBuilder> configure)
    {
        var services = new ServiceCollection().AddLogging(configure).BuildServiceProvider();
        var chosen = services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName;
        return new(services.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == chosen));
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var format = logEntry.Formatter;
        inner.Write(
            logEntry.Exception is { } exception && ExpectedErrors.TextOf(exception) is { } text
                ? new LogEntry<TState>(
                    logEntry.LogLevel, logEntry.Category, default, logEntry.State, exception: null,
                    (state, _) => $"{format(state, exception)}: {ErrorText.WithoutSecrets(text).ReplaceLineEndings(" ")}")
                : new LogEntry<TState>(logEntry.LogLevel, logEntry.Category, default, logEntry.State, logEntry.Exception, format),
            scopeProvider,
            textWriter);
    }
}
