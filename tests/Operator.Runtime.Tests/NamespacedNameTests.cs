namespace Operator.Runtime.Tests;

public sealed class NamespacedNameTests
{
    [Theory]
    [InlineData("ns/name", "ns", "name")]
    [InlineData("name", "", "name")]
    public void Parse_Text_RoundTrips(string text, string space, string name)
    {
        Assert.Equal(new NamespacedName(space, name), NamespacedName.Parse(text));
        Assert.Equal(text, NamespacedName.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/name")]
    [InlineData("ns/")]
    [InlineData("a/b/c")]
    public void Parse_Nonsense_IsRefused(string text) => Assert.Throws<FormatException>(() => NamespacedName.Parse(text));
}
