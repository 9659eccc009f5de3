using Operator.Aws.Instances;

namespace Operator.Tests.Aws.Instances;

public sealed class InventoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Inventory _inventory = new();

    [Fact]
    public void LaunchedAndNotListed_IsMissing_SoThatItIsLookedFor()
    {
        _inventory.Add(Machine("i-1", InstanceState.Pending));

        Assert.Equal(["i-1"], _inventory.MissingFrom([]));
    }

    [Fact]
    public void EndedBeforeItWasEverListed_IsGone_AndAChange()
    {
        _inventory.Add(Machine("i-1", InstanceState.Pending));

        var listing = _inventory.Replace([Machine("i-1", InstanceState.Terminated)], Now);

        Assert.Contains("i-1", listing.Changed);
        Assert.IsType<InstanceView.Gone>(_inventory.Find("i-1"));
    }

    [Fact]
    public void LaunchedAndHiddenForLong_IsUnknown_SoThatItIsGivenUp()
    {
        _inventory.Add(Machine("i-1", InstanceState.Pending));

        _inventory.Replace([], Now + TimeSpan.FromMinutes(1));
        Assert.IsType<InstanceView.Live>(_inventory.Find("i-1"));

        var listing = _inventory.Replace([], Now + Inventory.VisibilityWindow);
        Assert.Null(_inventory.Find("i-1"));
        Assert.Contains("i-1", listing.Changed);
    }

    private static Instance Machine(string id, InstanceState state) => new(
        id, state, "m5.large", "eu-central-1a", "spot", PrivateIp: null, Now, IntentId: null, PoolUid: null, StateReason: null);
}
