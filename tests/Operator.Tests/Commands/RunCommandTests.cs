using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Operator.Common;
using Operator.Hosting;

namespace Operator.Tests.Commands;

public sealed class RunCommandTests
{
    [Theory]
    [InlineData("trace", LogLevel.Trace)]
    [InlineData("Debug", LogLevel.Debug)]
    [InlineData("INFORMATION", LogLevel.Information)]
    [InlineData("warning", LogLevel.Warning)]
    [InlineData("error", LogLevel.Error)]
    public void LogLevel_InAnyCase_IsRead(string text, LogLevel expected)
    {
        Assert.True(LogOutput.TryParse(text, out var level));
        Assert.Equal(expected, level);
    }

    [Theory]
    [InlineData("")]
    [InlineData("loud")]
    [InlineData("2")]
    [InlineData("none")]
    [InlineData("debug,trace")]
    public void LogLevel_ThatIsNone_IsNotRead(string text) => Assert.False(LogOutput.TryParse(text, out _));

    [Theory]
    [InlineData(LogLevel.Information, true)]
    [InlineData(LogLevel.Information, false)]
    [InlineData(LogLevel.Debug, true)]
    [InlineData(LogLevel.Debug, false)]
    public void ExpectedFailure_IsInItsLine_AndItsStackTraceForDebuggingOnly(LogLevel level, bool asJson)
    {
        var expected = Write(asJson, level, Thrown(new ProviderException("GitHubUnreachable", "github.com does not answer")));
        var bug = Write(asJson, level, Thrown(new InvalidOperationException("oops")));

        Assert.Equal(level < LogLevel.Information, expected.Contains("   at ", StringComparison.Ordinal));
        Assert.Contains("github.com does not answer", expected, StringComparison.Ordinal);
        Assert.Contains("   at ", bug, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_HasTheTimeInUtc_AndTheFieldsOfTheLine()
    {
        var before = TimeProvider.System.GetUtcNow().AddMilliseconds(-1);
        var line = JsonDocument.Parse(Write(asJson: true)).RootElement;

        var time = DateTimeOffset.ParseExact(
            line.GetProperty("Timestamp").GetString()!, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        Assert.InRange(time, before, TimeProvider.System.GetUtcNow());
        Assert.Equal("Warning", line.GetProperty("LogLevel").GetString());
        Assert.Equal("i-1", line.GetProperty("State").GetProperty("Instance").GetString());
    }

    [Fact]
    public void Text_BeginsWithTheTimeInUtc() =>
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn: ", Write(asJson: false));

    [Theory]
    [InlineData(LogLevel.Trace, true, true)]
    [InlineData(LogLevel.Information, true, false)]
    [InlineData(LogLevel.Error, false, false)]
    public void Level_IsTheLowestThatIsWritten(LogLevel level, bool warns, bool traces)
    {
        using var services = new ServiceCollection().AddLogging(logging => LogOutput.Configure(logging, asJson: true, level)).BuildServiceProvider();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Operator.X");

        Assert.Equal((warns, traces), (logger.IsEnabled(LogLevel.Warning), logger.IsEnabled(LogLevel.Trace)));
        Assert.False(services.GetRequiredService<ILoggerFactory>().CreateLogger("Microsoft.X").IsEnabled(LogLevel.Information));
    }

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static string Write(bool asJson, LogLevel level = LogLevel.Information, Exception? exception = null)
    {
        using var services = new ServiceCollection().AddLogging(logging => LogOutput.Configure(logging, asJson, level)).BuildServiceProvider();
        var chosen = services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName;
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        services.GetServices<ConsoleFormatter>().Single(found => found.Name == chosen).Write(
            new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(
                LogLevel.Warning, "Operator.X", default, [new("Instance", "i-1"), new("{OriginalFormat}", "{Instance} is gone")], exception, (_, _) => "i-1 is gone"),
            scopeProvider: null,
            text);
        return text.ToString();
    }
}
