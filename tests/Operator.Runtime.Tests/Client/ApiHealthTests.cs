using System.Net;
using Operator.Runtime.Client;
using Operator.Simulator.Time;

namespace Operator.Runtime.Tests.Client;

/// <summary>Readiness goes by what lasts: a process that can neither read nor write serves nobody.</summary>
public sealed class ApiHealthTests
{
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
            _health.Unanswered(new(method));
            Assert.Null(_health.FindProblem());
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        _health.Unanswered(new(method));
        Assert.Contains(method == "GET" ? "every read" : "every write", _health.FindProblem(), StringComparison.Ordinal);

        _health.Answered(new(method));
        Assert.Null(_health.FindProblem());
    }

    // One failure long ago, and nobody has tried since.
    [Fact]
    public void Failure_ThatWasNotRepeated_IsNoProblem()
    {
        _health.Unanswered(HttpMethod.Patch);
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
                _health.Unanswered(method);
            }

            _clock.Advance(second < 30 ? TimeSpan.FromSeconds(15) : TimeSpan.Zero);
        }
    }
}
