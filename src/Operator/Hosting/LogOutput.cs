using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;

namespace Operator.Hosting;

/// <summary>Configures the operator's log.</summary>
internal static class LogOutput
{
    /// <summary>The available levels, most verbose first.</summary>
    public static readonly IReadOnlyList<string> Levels = ["trace", "debug", "information", "warning", "error"];

    /// <summary>In UTC regardless of the machine's time zone, so that logs of several replicas can be compared.</summary>
    private const string Timestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Parses a level.</summary>
    /// <param name="text">One of <see cref="Levels"/>, in any case.</param>
    /// <param name="level">The level.</param>
    public static bool TryParse(string? text, out LogLevel level)
    {
        level = LogLevel.Information;
        return Levels.Contains(text, StringComparer.OrdinalIgnoreCase) && Enum.TryParse(text, ignoreCase: true, out level);
    }

    /// <summary>The level of a text that <see cref="TryParse"/> has accepted.</summary>
    public static LogLevel Parse(string text) => TryParse(text, out var level) ? level : throw new ArgumentException($"'{text}' is no level.", nameof(text));

    /// <summary>Logs to standard output, from a given level.</summary>
    /// <param name="logging">The logging builder.</param>
    /// <param name="asJson">JSON, one object per line, instead of text.</param>
    /// <param name="level">
    /// The lowest level to log; below information, expected failures are logged with stack traces. The web server logs only warnings and errors.
    /// </param>
    public static void Configure(ILoggingBuilder logging, bool asJson, LogLevel level)
    {
        logging.SetMinimumLevel(level).AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical); // the command reports startup failures
        Format(logging, asJson);
        if (level >= LogLevel.Information)
        {
            logging.Services.AddSingleton<ConsoleFormatter>(ExpectedErrorConsoleFormatter.Around(inner => Format(inner, asJson)));
            logging.AddConsole(console => console.FormatterName = ExpectedErrorConsoleFormatter.FormatterName);
        }
    }

    private static void Format(ILoggingBuilder logging, bool asJson)
    {
        if (asJson)
        {
            logging.AddJsonConsole(console =>
            {
                console.IncludeScopes = true;
                (console.TimestampFormat, console.UseUtcTimestamp) = (Timestamp, true);
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.IncludeScopes = true;
                (console.TimestampFormat, console.UseUtcTimestamp) = ($"{Timestamp} ", true);
            });
        }
    }
}
