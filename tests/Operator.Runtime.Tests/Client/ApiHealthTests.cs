using System.Net;
using Operator.Runtime.Client;
using Operator.Simulator.Time;

namespace Operator.Runtime.Tests.Client;

/// <summary>Only lasting failures affect readiness: a process that can neither read nor write is of no use.</summary>
public sealed class ApiHealthTests
{
    private static readonly HttpRequestException Away = new("connection refused");

    private readonly ManualTimeProvider _clock = new();
    private readonly ApiHealth _health;

    public ApiHealthTests() => _health = new(_clock);

    public static TheoryData<string> Methods => new("GET", "PATCH");

    [Theory]
    [MemberData(nameof(Methods))]
    public void Failures_AreAProblem_WhenTheyHaveLasted_UntilOneCallSucceeds(string method)
    {
        for (var second = 0; second < 30; second += 10)
        {
            _health.Unanswered(new(method), Away);
            Assert.Null(_health.FindProblem());
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        _health.Unanswered(new(method), Away);
        Assert.Contains(method == "GET" ? "every read" : "every write", _health.FindProblem(), StringComparison.Ordinal);

        _health.Answered(new(method));
        Assert.Null(_health.FindProblem());
    }

    // One failure long ago, and no attempt since.
    [Fact]
    public void Failure_ThatWasNotRepeated_IsNoProblem()
    {
        _health.Unanswered(HttpMethod.Patch, Away);
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Null(_health.FindProblem());
    }

    [Fact]
    public void Problem_ThatNobodyHasMetForAWhile_IsForgotten()
    {
        FailFor(HttpMethod.Patch, HttpStatusCode.Forbidden);
        Assert.NotNull(_health.FindProblem());

        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Null(_health.FindProblem());
    }

    // The standby writes nothing, and learns by its reads that the server is back; a right that is missing it does not learn of that way.
    [Theory]
    [InlineData(null, false)]
    [InlineData(HttpStatusCode.Forbidden, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    public void Read_ThatSucceeds_EndsWritesWithoutAnAnswer_ButNoRefusals(HttpStatusCode? refusal, bool isProblem)
    {
        FailFor(HttpMethod.Patch, refusal);

        _health.Answered(HttpMethod.Get);

        Assert.Equal(isProblem, _health.FindProblem() is not null);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.UnprocessableEntity)]
    public void Refusal_OfWhatWasAsked_IsAnAnswer(HttpStatusCode status)
    {
        FailFor(HttpMethod.Patch, status);

        Assert.Null(_health.FindProblem());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Outage_IsToldOnce_AndItsEndOnce(string method)
    {
        List<string> told = [];
        _health.FollowOutages((since, failure) => told.Add($"{since:T} {failure.Message}"), lasted => told.Add($"ended after {lasted.TotalSeconds}"));
        var begun = _clock.GetUtcNow();
        for (var second = 0; second < 60; second++)
        {
            _health.Unanswered(new(method), Away);
            Assert.True(_health.IsFailing);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _health.Answered(new(method));
        _health.Answered(new(method));

        Assert.False(_health.IsFailing);
        Assert.Equal([$"{begun:T} connection refused", "ended after 60"], told);
    }

    // A broken connection, a single failed call or a missing permission is reported by the failed call itself.
    [Fact]
    public void FailuresAmongAnswers_AndRefusalsOfRights_AreNoOutage()
    {
        var told = 0;
        _health.FollowOutages((_, _) => told++, _ => told++);
        for (var second = 0; second < 60; second++)
        {
            _health.Unanswered(HttpMethod.Get, Away);
            _health.Answered(HttpMethod.Get);
            _health.Refused(HttpMethod.Patch, new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "no"));
            Assert.False(_health.IsFailing);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, told);
    }

    // A server that takes calls and never answers fails none for a long time.
    [Fact]
    public void CallThatIsWaitedForForSeconds_IsAFailure_UnlessAnotherOneIsAnsweredSince()
    {
        var call = _health.Begin();
        Assert.False(_health.IsFailing);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.True(_health.IsFailing);

        _health.Answered(HttpMethod.Patch);
        Assert.False(_health.IsFailing);
        _health.End(call);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_health.IsFailing);
    }

    private void FailFor(HttpMethod method, HttpStatusCode? refusal)
    {
        for (var second = 0; second <= 30; second += 15)
        {
            if (refusal is { } status)
            {
                _health.Refused(method, new KubernetesApiException(status, "Refused", "no"));
            }
            else
            {
                _health.Unanswered(method, Away);
            }

            _clock.Advance(second < 30 ? TimeSpan.FromSeconds(15) : TimeSpan.Zero);
        }
    }
}
