using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Runtime;
using Operator.Runtime.Informers;
using Operator.Settings;
using Operator.Simulator.Time;

namespace Operator.Tests.Settings;

/// <summary>A pool's spec is read once for each generation, and what is read is what holds now.</summary>
public sealed class PoolDirectoryTests
{
    private static readonly NamespacedName Key = new("default", "runners");

    private readonly ManualTimeProvider _clock = new();
    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();
    private readonly PoolDirectory _directory;
    private int _version;

    public PoolDirectoryTests() => _directory = new(_pools, new ObjectStore<V1Alpha1ResourceClass>(), _clock);

    [Fact]
    public void Find_SameGeneration_ReadsTheSpecOnce()
    {
        Store(generation: 1, minIdle: 2);
        var first = _directory.Find(Key);
        Store(generation: 1, minIdle: 2, scaleSet: 7);
        var second = _directory.Find(Key);

        Assert.Same(first!.Times, second!.Times);
        Assert.Equal((null, 7L), (first.ScaleSetId, second.ScaleSetId));
    }

    [Fact]
    public void Find_NewGeneration_IsReadAnew()
    {
        Store(generation: 1, minIdle: 2);
        Assert.Equal(2, _directory.Find(Key)!.MinIdle);

        Store(generation: 2, minIdle: 3);

        Assert.Equal(3, _directory.Find(Key)!.MinIdle);
    }

    [Fact]
    public void Find_PoolThatWasMadeAnew_IsReadAnew()
    {
        Store(generation: 1, minIdle: 2);
        _directory.Find(Key);

        Store(generation: 1, minIdle: 3, uid: "another");

        Assert.Equal(3, _directory.Find(Key)!.MinIdle);
    }

    [Fact]
    public void Find_ScheduleThatBegins_IsReadAnew()
    {
        Store(generation: 1, minIdle: 1, schedule: new() { Cron = "0 * * * *", Duration = "30m", MinIdle = 5 });
        _clock.Advance(TimeSpan.FromMinutes(45) - TimeSpan.FromMinutes(_clock.GetUtcNow().Minute));
        Assert.Equal(1, _directory.Find(Key)!.MinIdle);

        _clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(5, _directory.Find(Key)!.MinIdle);
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(1, _directory.Find(Key)!.MinIdle);
    }

    [Fact]
    public void Find_PoolThatIsGone_FindsNothing()
    {
        Store(generation: 1, minIdle: 2);
        _directory.Find(Key);
        _pools.Remove(Key);

        Assert.Null(_directory.Find(Key));
    }

    private void Store(long generation, int minIdle, long? scaleSet = null, string uid = "uid", ScheduleSpec? schedule = null) => _pools.Set(new V1Alpha1RunnerPool
    {
        Metadata = new() { Name = Key.Name, NamespaceProperty = Key.Namespace, Uid = uid, Generation = generation, ResourceVersion = $"{++_version}" },
        Spec = new()
        {
            GitHub = new() { Url = "https://github.com/my-org", CredentialsSecretName = "s", Labels = ["linux"] },
            Capacity = new() { MinIdle = minIdle, Schedules = schedule is null ? null : [schedule] },
            Launch = new() { Image = new() { Id = "ami-1" } },
        },
        Status = new() { ScaleSet = scaleSet is null ? null : new() { Id = scaleSet } },
    });
}
