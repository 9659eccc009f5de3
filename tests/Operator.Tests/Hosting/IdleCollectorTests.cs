using Operator.Hosting;

namespace Operator.Tests.Hosting;

public sealed class IdleCollectorTests
{
    private readonly IdleCollector _collector;
    private long _allocated;
    private int _collections;

    public IdleCollectorTests() => _collector = new(() => _allocated, () => _collections++);

    [Fact]
    public void Check_AfterABurst_CollectsOnce_WhenItIsOver()
    {
        Assert.Equal(0, After(IdleCollector.Worthwhile));
        Assert.Equal(0, After(IdleCollector.Idle));
        Assert.Equal(1, After(IdleCollector.Idle - 1));
        Assert.Equal(1, After(IdleCollector.Idle - 1));
    }

    [Fact]
    public void Check_Idle_CollectsOnlyWhatIsWorthIt()
    {
        for (var allocated = 0L; allocated + IdleCollector.Idle - 1 < IdleCollector.Worthwhile; allocated += IdleCollector.Idle - 1)
        {
            Assert.Equal(0, After(IdleCollector.Idle - 1));
        }

        Assert.Equal(1, After(IdleCollector.Idle - 1));
        Assert.Equal(1, After(IdleCollector.Idle - 1));
    }

    [Fact]
    public void Check_Busy_NeverCollects()
    {
        for (var period = 0; period < 100; period++)
        {
            Assert.Equal(0, After(IdleCollector.Worthwhile));
        }
    }

    private int After(long bytes)
    {
        _allocated += bytes;
        _collector.Check();
        return _collections;
    }
}
