using System.Text.Json.Nodes;
using Operator.Runtime.LeaderElection;
using Operator.Simulator.Time;
using V1Lease = k8s.Models.V1Lease;

namespace Operator.Runtime.Tests.LeaderElection;

public sealed class LeaderElectorTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly LeaseServer _server = new();

    [Fact]
    public async Task Run_LeaseIsFree_Leads()
    {
        await using var one = await LeaderAsync("one");

        Assert.True(one.Elector.IsLeader);
        Assert.Equal(("one", 15, 0), (_server.Spec!.HolderIdentity, _server.Spec.LeaseDurationSeconds, _server.Spec.LeaseTransitions));
        Assert.Equal((_clock.GetUtcNow().UtcDateTime, _clock.GetUtcNow().UtcDateTime), (_server.Spec.AcquireTime, _server.Spec.RenewTime));
    }

    [Fact]
    public async Task Run_Leading_RenewsEveryRetryPeriod()
    {
        await using var one = await LeaderAsync("one");
        var acquired = _server.Spec!.AcquireTime;

        for (var step = 0; step < 20; step++)
        {
            await StepAsync(one);
            Assert.Equal(_clock.GetUtcNow().UtcDateTime, _server.Spec!.RenewTime);
        }

        Assert.Equal((acquired, 0, 1), (_server.Spec!.AcquireTime, _server.Spec.LeaseTransitions, one.Terms));
    }

    [Fact]
    public async Task Stop_Leading_GivesTheLeaseBackAtOnceAndTheNextOneTakesIt()
    {
        await using var one = await LeaderAsync("one");
        await using var two = await FollowerAsync("two");

        await one.StopAsync(); // the clock does not move in the meantime
        Assert.Equal("", _server.Spec!.HolderIdentity);
        _clock.Advance(Candidate.Retry);
        await two.LeadsAsync();

        Assert.Equal(("two", 1), (_server.Spec.HolderIdentity, _server.Spec.LeaseTransitions));
        Assert.False(one.Elector.IsLeader);
    }

    [Fact]
    public async Task Run_LeaderIsKilled_WaitsForTheLeaseToExpire()
    {
        await using var one = await LeaderAsync("one");
        await using var two = await FollowerAsync("two");

        await one.KillAsync();
        for (var seconds = 2; seconds <= 14; seconds += 2)
        {
            await StepAsync(two);
            Assert.False(two.Elector.IsLeader);
        }

        _clock.Advance(Candidate.Retry);
        await two.LeadsAsync();
        Assert.Equal("two", _server.Spec!.HolderIdentity);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task Run_ClocksOfOthersAreWrong_CountsFromWhatItHasSeenItself(int skewInSeconds)
    {
        _server.Create(LeaseOf("elsewhere", _clock.GetUtcNow().AddSeconds(skewInSeconds)));
        await using var one = await FollowerAsync("one");

        // The other is leader as long as it renews, regardless of its timestamps.
        for (var renewal = 1; renewal <= 10; renewal++)
        {
            _server.Patch(new JsonObject { ["spec"] = new JsonObject { ["renewTime"] = $"2026-01-01T00:{renewal:00}:00.000000Z" } });
            await StepAsync(one);
            Assert.False(one.Elector.IsLeader);
        }

        for (var step = 0; step < 7; step++)
        {
            await StepAsync(one);
        }

        Assert.False(one.Elector.IsLeader);
        _clock.Advance(Candidate.Retry);
        await one.LeadsAsync();
    }

    [Fact]
    public async Task Run_DeadLeadersLeaseIsLabelled_TakesThatForNoSignOfLife()
    {
        _server.Create(LeaseOf("dead", _clock.GetUtcNow()));
        await using var one = await FollowerAsync("one");

        for (var step = 0; step < 7; step++)
        {
            _server.Patch(new JsonObject { ["metadata"] = new JsonObject { ["generateName"] = $"{step}" } });
            await StepAsync(one);
        }

        _clock.Advance(Candidate.Retry);
        await one.LeadsAsync();
    }

    [Fact]
    public async Task Run_OvertakenBetweenReadAndWrite_DoesNotLead()
    {
        await using var one = new Candidate("one", _server, _clock);
        one.Client.AfterRead = () => _server.Create(LeaseOf("faster", _clock.GetUtcNow()));

        one.Start();
        await one.RestsAsync();

        Assert.False(one.Elector.IsLeader);
        Assert.Equal(("faster", "faster"), (one.Elector.Leader, _server.Spec!.HolderIdentity));
    }

    [Fact]
    public async Task Run_ServerCannotBeReached_StopsLeadingAtTheRenewDeadline()
    {
        await using var one = await LeaderAsync("one");

        one.Client.IsCut = true;
        for (var seconds = 2; seconds <= 8; seconds += 2)
        {
            await StepAsync(one);
            Assert.True(one.IsWorking);
        }

        _clock.Advance(Candidate.Retry);
        await one.LosesAsync();

        Assert.False(one.IsWorking);
        Assert.False(one.Elector.IsLeader);
    }

    [Fact]
    public async Task Run_CallsHang_StopsLeadingAtTheRenewDeadlineAllTheSame()
    {
        await using var one = await LeaderAsync("one");

        await one.Environment.Time.WaitedForAsync(TimeSpan.FromSeconds(5)); // the call that took the lease
        one.Client.Hangs = true;
        _clock.Advance(Candidate.Retry);
        foreach (var seconds in (int[])[5, 2, 1]) // half the deadline for the call, a pause, and what is left
        {
            await one.Environment.Time.WaitedForAsync(TimeSpan.FromSeconds(seconds));
            Assert.True(one.IsWorking);
            _clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        await one.LosesAsync();
    }

    [Fact]
    public async Task Run_LeaseIsTakenAway_StopsLeadingAtTheNextRenewal()
    {
        await using var one = await LeaderAsync("one");

        _server.Patch(new JsonObject { ["spec"] = new JsonObject { ["holderIdentity"] = "other" } });
        _clock.Advance(Candidate.Retry);
        await one.LosesAsync();

        Assert.Equal("other", _server.Spec!.HolderIdentity);
    }

    [Fact]
    public async Task Run_LeaseIsDeleted_MakesItAgain()
    {
        await using var one = await LeaderAsync("one");

        _server.Delete();
        _clock.Advance(Candidate.Retry);
        await one.LosesAsync();
        await one.LeadsAsync();

        Assert.Equal("one", _server.Spec!.HolderIdentity);
    }

    [Fact]
    public async Task Run_WorkEndsByItsCancelledToken_RunsForTheNextTerm()
    {
        await using var one = new Candidate("one", _server, _clock) { Work = lost => Task.Delay(Timeout.InfiniteTimeSpan, lost) };
        one.Start();
        await one.LeadsAsync();
        await one.RestsAsync();

        _server.Delete();
        while (one.Terms < 2)
        {
            _clock.Advance(Candidate.Retry);
            await one.RestsAsync();
        }

        Assert.Equal("one", _server.Spec!.HolderIdentity);
    }

    [Fact]
    public async Task Run_WorkFails_GivesTheLeaseBackAndSaysWhy()
    {
        await using var one = new Candidate("one", _server, _clock) { Work = _ => throw new InvalidOperationException("broken") };

        one.Start();

        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(one.StopAsync)).Message);
        Assert.Equal("", _server.Spec!.HolderIdentity);
    }

    [Theory]
    [InlineData(15, 10, 0)]
    [InlineData(15, 2, 2)]
    [InlineData(10, 10, 2)]
    public void New_TimesThatAllowTwoLeaders_AreRefused(int lease, int deadline, int retry) => Assert.Throws<ArgumentException>(() => new LeaderElector(
        new LeaseClient(_server),
        new()
        {
            Lease = new("ns", "lease"),
            Identity = "one",
            LeaseDuration = TimeSpan.FromSeconds(lease),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        },
        new TestEnvironment().Runtime));

    // Whatever is cut, mended and killed, and when: there are never two at work.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Run_ConnectionsComeAndGo_TwoNeverLead(int seed)
    {
        var random = new Random(seed);
        var candidates = Enumerable.Range(0, 3).Select(number => new Candidate($"{number}", _server, _clock)).ToList();
        var terms = 0;
        foreach (var candidate in candidates)
        {
            candidate.Start();
            await candidate.RestsAsync();
        }

        for (var step = 0; step < 300; step++)
        {
            var any = candidates[random.Next(3)];
            any.Client.IsCut = random.Next(4) > 0 && !any.Client.IsCut;
            await StepAsync([.. candidates]);
            Assert.InRange(candidates.Count(candidate => candidate.IsWorking), 0, 1);
        }

        foreach (var candidate in candidates)
        {
            terms += candidate.Terms;
            await candidate.DisposeAsync();
        }

        Assert.True(terms > 3, "leadership has changed hands");
    }

    private async Task<Candidate> LeaderAsync(string identity)
    {
        var candidate = new Candidate(identity, _server, _clock);
        candidate.Start();
        await candidate.LeadsAsync();
        await candidate.RestsAsync();
        return candidate;
    }

    private async Task<Candidate> FollowerAsync(string identity)
    {
        var candidate = new Candidate(identity, _server, _clock);
        candidate.Start();
        await candidate.RestsAsync();
        return candidate;
    }

    private async Task StepAsync(params Candidate[] candidates)
    {
        _clock.Advance(Candidate.Retry);
        foreach (var candidate in candidates)
        {
            await candidate.RestsAsync();
        }
    }

    private static V1Lease LeaseOf(string holder, DateTimeOffset renewed) => new()
    {
        Metadata = new() { Name = "lease", NamespaceProperty = "ns" },
        Spec = new() { HolderIdentity = holder, LeaseDurationSeconds = 15, RenewTime = renewed.UtcDateTime, AcquireTime = renewed.UtcDateTime, LeaseTransitions = 3 },
    };
}
