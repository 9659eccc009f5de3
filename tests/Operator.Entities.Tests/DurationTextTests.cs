using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace Operator.Entities.Tests;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("90s", 90_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("1m250ms", 60_250)]
    [InlineData("0s", 0)]
    [InlineData("30m1h", 5_400_000)]
    public void TryParse_Duration_IsRead(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("+5m")]
    [InlineData("5 m")]
    [InlineData("1.5h")]
    [InlineData("5d")]
    [InlineData("1h30")]
    [InlineData("5M")]
    [InlineData("99999999h")]
    [InlineData("1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h")]
    public void TryParse_AnythingElse_IsRefused(string? text)
    {
        Assert.False(DurationText.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.Zero, duration);
    }

    [Fact]
    public void TryParse_SumOfParts_IsTheirSum() => Prop
        .ForAll(Gen.Choose(0, 9_999_999).Four().ToArbitrary(), parts =>
        {
            var (hours, minutes, seconds, milliseconds) = parts;
            var expected = TimeSpan.FromHours(hours) + TimeSpan.FromMinutes(minutes) + TimeSpan.FromSeconds(seconds) + TimeSpan.FromMilliseconds(milliseconds);
            return DurationText.TryParse($"{hours}h{minutes}m{seconds}s", out var whole)
                && DurationText.TryParse($"{milliseconds}ms", out var rest)
                && whole + rest == expected;
        })
        .QuickCheckThrowOnFailure();

    [Fact]
    public void TryParse_WhateverItIsGiven_AgreesWithTheSchemaAndFitsIntoACalendar() => Prop
        .ForAll(Texts.From("0159hmsd.- "), text =>
        {
            var isRead = DurationText.TryParse(text, out var duration);
            return isRead == (text.Length <= 32 && Regex.IsMatch(text, SchemaPatterns.Duration, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture))
                && new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + duration < DateTimeOffset.MaxValue;
        })
        .QuickCheckThrowOnFailure();
}
