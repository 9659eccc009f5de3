using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Operator.Hosting;

/// <summary>Wraps a library formatter, but writes expected failures into their line instead of with a stack trace.</summary>
/// <param name="inner">The library's formatter.</param>
internal sealed class ExpectedErrorConsoleFormatter(ConsoleFormatter inner) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "ec2runners";

    /// <summary>Wraps the configured library formatter: they are internal, and can only be created through a logging builder.</summary>
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
