using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Operator.Commands;
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
    public async Task LogLevel_ThatIsNone_IsOneLineAndExitCode2(string text)
    {
        using var errors = new StringWriter(CultureInfo.InvariantCulture);
        using var output = new StringWriter(CultureInfo.InvariantCulture);

        var exitCode = await RunCommand.Create().Parse(["--log-level", text]).InvokeAsync(new() { Error = errors, Output = output });

        Assert.Equal(2, exitCode);
        Assert.Equal($"error: --log-level '{text}' is none of trace, debug, information, warning, error", errors.ToString().TrimEnd());
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Json_HasTheTimeInUtc_AndTheFieldsOfTheLine()
    {
        var before = TimeProvider.System.GetUtcNow().AddMilliseconds(-1);
        var line = JsonDocument.Parse(Write("json", asJson: true)).RootElement;

        var time = DateTimeOffset.ParseExact(
            line.GetProperty("Timestamp").GetString()!, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        Assert.InRange(time, before, TimeProvider.System.GetUtcNow());
        Assert.Equal("Warning", line.GetProperty("LogLevel").GetString());
        Assert.Equal("i-1", line.GetProperty("State").GetProperty("Instance").GetString());
    }

    [Fact]
    public void Text_BeginsWithTheTimeInUtc() =>
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn: ", Write("simple", asJson: false));

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

    private static string Write(string formatter, bool asJson)
    {
        using var services = new ServiceCollection().AddLogging(logging => LogOutput.Configure(logging, asJson, LogLevel.Information)).BuildServiceProvider();
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        services.GetServices<ConsoleFormatter>().Single(found => found.Name == formatter).Write(
            new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(
                LogLevel.Warning, "Operator.X", default, [new("Instance", "i-1"), new("{OriginalFormat}", "{Instance} is gone")], exception: null, (_, _) => "i-1 is gone"),
            scopeProvider: null,
            text);
        return text.ToString();
    }
}
