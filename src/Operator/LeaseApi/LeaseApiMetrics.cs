using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.LeaseApi;

/// <summary>What the lease API is asked, and what it answers.</summary>
internal sealed class LeaseApiMetrics(Instruments instruments)
{
    private readonly Counter _requests = instruments.CreateCounter(
        "lease_api_requests_total", "Requests to the lease API, by operation and outcome: the reason of the problem, or Done.", "operation", "outcome");

    private readonly Histogram _seconds = instruments.CreateHistogram(
        "lease_api_request_seconds", "Time to answer requests to the lease API, without those that wait, by operation.", [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10], "operation");

    public void Answered(string operation, LeaseProblem? problem, TimeSpan? took)
    {
        _requests.WithLabels(operation, problem?.Reason ?? "Done").Inc();
        if (took is { } time)
        {
            _seconds.WithLabels(operation).Observe(time.TotalSeconds);
        }
    }
}
