using Operator.Runtime.Events;

namespace Operator.Runtime.Tests.Events;

public sealed class EventCorrelatorTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly EventCorrelator _correlator;
    private int _ids;

    public EventCorrelatorTests() => _correlator = new("test", () => new Guid(++_ids, 0, 0, new byte[8]));

    [Fact]
    public void SameReportAgain_IsCountedAndCostsNoOtherItsTurn()
    {
        Assert.IsType<EventWrite.Create>(Report("away"));
        for (var count = 2; count < 100; count++)
        {
            Assert.Equal(count, Assert.IsType<EventWrite.Repeat>(Report("away")).Count);
        }

        Assert.Equal(24, Enumerable.Range(0, 30).Count(number => Report($"other {number}") is EventWrite.Create));
    }

    [Fact]
    public void LastWord_IsWrittenHoweverManyTheObjectHasHad()
    {
        var created = Enumerable.Range(0, 30).Count(number => Report($"text {number}") is EventWrite.Create);

        Assert.Equal(25, created);
        Assert.IsType<EventWrite.Create>(Report("the scale set may remain", isLastWord: true));
        Assert.IsType<EventWrite.Drop>(Report("something else"));
    }

    private EventWrite Report(string message, bool isLastWord = false) => _correlator.Correlate(
        new(new() { Kind = "RunnerPool", Name = "linux", NamespaceProperty = "ci", Uid = "uid" }, EventType.Warning, "Reason", message, Now) { IsFinal = isLastWord });
}
