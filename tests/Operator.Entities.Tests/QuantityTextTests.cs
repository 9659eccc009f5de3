using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace Operator.Entities.Tests;

public sealed class QuantityTextTests
{
    private const long GiB = 1L << 30;

    [Theory]
    [InlineData("8Gi", 8 * GiB)]
    [InlineData("8192Mi", 8 * GiB)]
    [InlineData("8388608Ki", 8 * GiB)]
    [InlineData("1Ti", 1024 * GiB)]
    [InlineData("1.5Gi", (3 * GiB) / 2)]
    [InlineData("16G", 16_000_000_000)]
    [InlineData("16M", 16_000_000)]
    [InlineData("16k", 16_000)]
    [InlineData("2T", 2_000_000_000_000)]
    [InlineData("1024", 1024)]
    [InlineData("0", 0)]
    public void TryParse_Quantity_IsRead(string text, long expected)
    {
        Assert.True(QuantityText.TryParse(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Gi")]
    [InlineData("-8Gi")]
    [InlineData("8 GB")]
    [InlineData("8GB")]
    [InlineData("8gi")]
    [InlineData("1e3")]
    [InlineData("1,5Gi")]
    [InlineData("9999999999999999T")]
    [InlineData("79228162514264337593543950336Ti")]
    public void TryParse_AnythingElse_IsRefused(string? text)
    {
        Assert.False(QuantityText.TryParse(text, out var bytes));
        Assert.Equal(0, bytes);
    }

    [Fact]
    public void TryParse_WhatTheSchemaTakes_IsReadAndCountableInGiB() => Prop
        .ForAll(Quantities(), text =>
            !Regex.IsMatch(text, SchemaPatterns.Quantity, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture) || (QuantityText.TryParse(text, out var bytes) && bytes >= 0 && bytes / GiB < int.MaxValue))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void TryParse_WhateverItIsGiven_DoesNotThrow() => Prop
        .ForAll(Texts.From("0189.-+eKMGTik "), text => QuantityText.TryParse(text, out var bytes) ? bytes >= 0 : bytes == 0)
        .QuickCheckThrowOnFailure();

    private static Arbitrary<string> Quantities() => (
        from number in Gen.Choose(0, int.MaxValue)
        from digits in Gen.Choose(1, 10)
        from unit in Gen.Elements("", "Ki", "Mi", "Gi", "Ti", "k", "M", "G", "T")
        let text = $"{number}"
        select text[..Math.Min(digits, text.Length)] + unit).ToArbitrary();
}
