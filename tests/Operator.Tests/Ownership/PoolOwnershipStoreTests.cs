using System.Net;
using System.Text.Json.Nodes;
using NSubstitute;
using Operator.Aws;
using Operator.Common;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.Ownership;
using Operator.Runtime.Client;
using Operator.Simulator.Time;
using V1ConfigMap = k8s.Models.V1ConfigMap;

namespace Operator.Tests.Ownership;

/// <summary>Where a pool may have machines is known beyond its object and its process, and not for ever.</summary>
public sealed class PoolOwnershipStoreTests
{
    private static readonly AwsAccount Here = new("eu-central-1", null);
    private static readonly AwsAccount There = new("us-east-1", "arn:aws:iam::210987654321:role/runners");

    private readonly ManualTimeProvider _clock = new();
    private readonly IKubernetesClient _client = Substitute.For<IKubernetesClient>();
    private readonly V1ConfigMap _stored = new() { Data = new Dictionary<string, string>() };
    private KubernetesApiException? _refusal;
    private int _writes;

    public PoolOwnershipStoreTests()
    {
        _client.GetAsync<V1ConfigMap>(default, default).ReturnsForAnyArgs(_stored);
        _client.PatchAsync<V1ConfigMap>(default, null!, null, default).ReturnsForAnyArgs(call =>
        {
            _writes++;
            if (_refusal is not null)
            {
                throw _refusal;
            }

            foreach (var (key, value) in call.Arg<JsonObject>()["data"]!.AsObject())
            {
                _stored.Data.Remove(key);
                if (value is not null)
                {
                    _stored.Data[key] = value.ToString();
                }
            }

            return _stored;
        });
    }

    [Fact]
    public async Task Enter_PoolThatIsKnown_WritesNothing()
    {
        var ownership = NewOwnershipStore();
        await ownership.AddAsync(PoolIn(Here), default);
        await ownership.AddAsync(PoolIn(Here), default);
        await NewOwnershipStore().AddAsync(PoolIn(Here), default);

        Assert.Equal(1, _writes);
        Assert.Equal([Here], ownership.Accounts);
    }

    [Fact]
    public async Task Enter_ConfigMapThatIsFull_SaysWhatToDo()
    {
        _refusal = new KubernetesApiException(HttpStatusCode.UnprocessableEntity, "Invalid", "[]: Too long: may not be more than 1048576 bytes", retryAfter: null);

        var full = await Assert.ThrowsAsync<ProviderException>(() => NewOwnershipStore().AddAsync(PoolIn(Here), default));

        Assert.Equal(RunnerPoolReasons.OwnershipRecordFull, full.Reason);
        Assert.Contains("delete pools", full.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enter_NamespaceThatHasItsShare_IsRefused_AndOthersAreEntered()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _stored.Data[$"{i:D36}"] = """{"pool":"ci/old","accounts":[]}""";
        }

        var ownership = NewOwnershipStore();
        var full = await Assert.ThrowsAsync<ProviderException>(() => ownership.AddAsync(PoolIn(Here, "new"), default));
        await ownership.AddAsync(PoolIn(Here, "theirs", space: "other"), default);

        Assert.Equal((RunnerPoolReasons.OwnershipRecordFull, 1), (full.Reason, _writes));
        Assert.Contains("of the namespace 'ci' (10000)", full.Message, StringComparison.Ordinal);
        Assert.Contains("delete pools", full.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Enter_PoolAfterPool_OneNamespaceTakesHalfOfTheRecord_AndAnotherHalfOfTheRest()
    {
        var shares = new RecordShares(1000);
        Assert.Equal(50, Fill(shares, "a"));
        Assert.Equal(25, Fill(shares, "b"));
        Assert.Equal(12, Fill(shares, "c"));

        shares.Remove("a0");
        Assert.False(shares.HasRoom("a new", "a", 10)); // what is left belongs to the others
        Assert.True(shares.HasRoom("a1", "a", 10)); // what it has, it may keep
        Assert.True(shares.HasRoom("d", "d", 10));
    }

    // Each move adds an account that is remembered for days.
    [Fact]
    public async Task Enter_PoolThatMovesAgainAndAgain_CannotFillTheRecord()
    {
        var ownership = NewOwnershipStore();
        var moves = 0;
        var full = await Assert.ThrowsAsync<ProviderException>(async () =>
        {
            for (; moves < 100_000; moves++)
            {
                await ownership.AddAsync(PoolIn(new("eu-central-1", $"arn:aws:iam::123456789012:role/{moves}{new string('x', 10_000)}")), default);
            }
        });

        Assert.Equal(RunnerPoolReasons.OwnershipRecordFull, full.Reason);
        Assert.InRange(_stored.Data["uid"].Length, 400_000, 500_000);
    }

    private static int Fill(RecordShares shares, string space)
    {
        var count = 0;
        for (; shares.HasRoom($"{space}{count}", space, 10); count++)
        {
            shares.Set($"{space}{count}", space, 10);
        }

        return count;
    }

    [Fact]
    public async Task Enter_PoolThatMoved_IsKnownInBothAccounts_ByTheNextProcessToo()
    {
        await NewOwnershipStore().AddAsync(PoolIn(Here), default);
        var ownership = NewOwnershipStore();
        await ownership.AddAsync(PoolIn(There), default);
        await ownership.AddAsync(PoolIn(There), default);

        var next = NewOwnershipStore();
        await next.LoadAsync(default);
        Assert.Equal(2, _writes);
        Assert.Equal([There, Here], await ownership.AccountsOfAsync("uid", default));
        Assert.Equal([There, Here], next.Accounts);
    }

    [Fact]
    public async Task Enter_PoolThatMovedBack_LaunchesThereAgain()
    {
        var ownership = NewOwnershipStore();
        await ownership.AddAsync(PoolIn(Here), default);
        await ownership.AddAsync(PoolIn(There), default);
        await ownership.AddAsync(PoolIn(Here), default);
        _clock.Advance(TimeSpan.FromDays(8));
        await ownership.AddAsync(PoolIn(Here, uid: "other"), default);
        await ownership.AddAsync(PoolIn(Here, name: "renamed"), default);

        Assert.Equal([Here], await ownership.AccountsOfAsync("uid", default));
    }

    [Fact]
    public async Task PoolThatHasGone_IsKnownForDays_AndThenTakenOut()
    {
        var ownership = NewOwnershipStore();
        await ownership.AddAsync(PoolIn(There), default);
        await ownership.MarkDeletedAsync(PoolIn(There), default);
        _clock.Advance(TimeSpan.FromDays(6));
        await ownership.AddAsync(PoolIn(Here, uid: "other"), default);
        Assert.Equal(["other", "uid"], _stored.Data.Keys.Order(StringComparer.Ordinal));

        _clock.Advance(TimeSpan.FromDays(2));
        await NewOwnershipStore().AddAsync(PoolIn(Here, uid: "another"), default);
        Assert.Equal(["another", "other"], _stored.Data.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task PoolThatHasGone_AfterDays_IsNotOurs_ThoughNothingWasWrittenSince()
    {
        var ownership = NewOwnershipStore();
        await ownership.AddAsync(PoolIn(There), default);
        await ownership.MarkDeletedAsync(PoolIn(There), default);
        _clock.Advance(TimeSpan.FromDays(8));

        var next = NewOwnershipStore();
        await next.LoadAsync(default);
        Assert.All([ownership, next], store => Assert.Equal((0, 0), (store.PoolUids.Count, store.Accounts.Count)));
    }

    [Fact]
    public async Task AccountThatWasLeft_AfterDays_IsNotLookedAt_ThoughNothingWasWrittenSince()
    {
        var ownership = NewOwnershipStore();
        await ownership.AddAsync(PoolIn(Here), default);
        await ownership.AddAsync(PoolIn(There), default);
        _clock.Advance(TimeSpan.FromDays(8));

        Assert.Equal([There], ownership.Accounts);
        Assert.Equal([There], await NewOwnershipStore().AccountsOfAsync("uid", default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"pool\":\"ci/linux\",\"accounts\":3}")]
    [InlineData("written by hand")]
    public async Task Load_EntryThatCannotBeRead_KeepsNoPoolFromBeingEntered(string text)
    {
        (_stored.Data["theirs"], _stored.Data["uid"]) = (text, text);

        var ownership = NewOwnershipStore();
        await ownership.AddAsync(PoolIn(Here), default);

        Assert.Equal([Here], ownership.Accounts);
        Assert.Equal(text, _stored.Data["theirs"]);
    }

    [Fact]
    public async Task Load_PoolOfANamespaceThatIsNotLookedAfter_IsNotOurs()
    {
        await NewOwnershipStore().AddAsync(PoolIn(Here), default);
        var ownership = NewOwnershipStore(WatchScope.Parse("other"));
        await ownership.LoadAsync(default);

        Assert.Empty(ownership.PoolUids);
    }

    private PoolOwnershipStore NewOwnershipStore(WatchScope? scope = null) => new(_client, new("ns", "ownership"), scope ?? WatchScope.Everywhere, _clock);

    private static V1Alpha1RunnerPool PoolIn(AwsAccount account, string uid = "uid", string name = "linux", string space = "ci") => new()
    {
        Metadata = { Name = name, NamespaceProperty = space, Uid = uid },
        Spec = { Launch = new() { Region = account.Region, AssumeRoleArn = account.AssumeRoleArn } },
    };
}
