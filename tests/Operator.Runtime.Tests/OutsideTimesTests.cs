namespace Operator.Runtime.Tests;

public sealed class OutsideTimesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("17", 17)]
    [InlineData(" 17 ", 17)]
    [InlineData("1.5", 1.5)]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("901", 900)]
    [InlineData("2147483647", 900)]
    [InlineData("99999999999999999999999", 900)]
    [InlineData("Sun, 29 Nov 2026 12:01:30 GMT", 90)]
    [InlineData("Sun, 29 Nov 2026 11:59:55 GMT", 1)]
    [InlineData("Sun, 29 Nov 2026 12:00:00 GMT", 1)]
    [InlineData("Thu, 29 Nov 2029 12:00:00 GMT", 900)]
    [InlineData("Mon, 01 Jan 0001 00:00:00 GMT", 1)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 900)]
    public void RetryAfter_IsWithinASecondAndAQuarterOfAnHour(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("NaN")]
    [InlineData("17 s")]
    [InlineData("2026-11-29 or so")]
    public void RetryAfter_ThatCannotBeRead_IsNone(string? text) => Assert.Null(Read(text));

    [Theory]
    [InlineData(double.MinValue, 1)]
    [InlineData(double.NegativeInfinity, 1)]
    [InlineData(30, 30)]
    [InlineData(double.MaxValue, 900)]
    [InlineData(double.PositiveInfinity, 900)]
    public void PauseOf_AnyNumber_IsWithinBounds(double seconds, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), OutsideTimes.PauseOf(seconds));

    [Fact]
    public void FromUnixSeconds_AnyNumber_IsATime()
    {
        Assert.Equal(Now, OutsideTimes.FromUnixSeconds(Now.ToUnixTimeSeconds()));
        Assert.Equal(DateTimeOffset.MaxValue, OutsideTimes.FromUnixSeconds(long.MaxValue));
        Assert.Equal(DateTimeOffset.MaxValue, OutsideTimes.FromUnixSeconds(double.PositiveInfinity));
        Assert.Equal(DateTimeOffset.MinValue, OutsideTimes.FromUnixSeconds(double.MinValue));
    }

    private static TimeSpan? Read(string? text)
    {
        using var response = new HttpResponseMessage();
        if (text is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", text);
        }

        return OutsideTimes.RetryAfter(response.Headers, Now);
    }
}
