using Operator.Benchmark;

namespace Operator.Scenarios.Programs;

public sealed class CountComparisonTests
{
    [Theory]
    [InlineData(5.5, 5.5, false)]
    [InlineData(5.5, 6.0, false)] // less than a tenth more
    [InlineData(5.5, 6.5, true)]
    [InlineData(0, 0.04, false)] // one call in 25 jobs
    [InlineData(0, 1, true)]
    [InlineData(900, 1100, true)]
    public void HasRisen_IsAboutATenth(double before, double after, bool expected) =>
        Assert.Equal(expected, CountComparison.HasRisen(new("writes", before, after)));

    [Fact]
    public void Compare_TakesTheLeastOfTheRuns_AndAcceptsWhatIsNew()
    {
        var counts = CountComparison.Compare([Run(("writes", 7)), Run(("writes", 6))], [Run(("writes", 6.2), ("allocated", 9)), Run(("writes", 8))]);

        Assert.Equal([new("writes", 6, 6.2), new("allocated", null, 9)], counts);
        Assert.DoesNotContain(counts, CountComparison.HasRisen);
    }

    private static Dictionary<string, double> Run(params (string Name, double Value)[] counts) => counts.ToDictionary(count => count.Name, count => count.Value);
}
