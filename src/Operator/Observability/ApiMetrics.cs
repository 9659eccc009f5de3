using System.Globalization;
using Operator.Leases;
using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Observability;

/// <summary>Metrics of calls to the API server, AWS, GitHub and GitLab: number, results and duration.</summary>
internal sealed class ApiMetrics(Instruments instruments)
{
    private readonly Counter _requests = instruments.CreateCounter(
        "api_requests_total",
        "Calls to other services by service (kubernetes, aws, github, gitlab, pricing), action and HTTP status code; code 0 means no answer.",
        "service",
        "action",
        "code");

    private readonly Histogram _duration = instruments.CreateHistogram(
        "api_request_duration_seconds",
        "Duration of calls to other services, by service and action, except watches and long polls.",
        "service",
        "action");

    /// <summary>Counts a completed call.</summary>
    /// <param name="service">The service.</param>
    /// <param name="action">The call's name, of bounded cardinality.</param>
    /// <param name="statusCode">The HTTP status; 0 without a response.</param>
    /// <param name="duration">Its duration; null for calls that wait by design.</param>
    public void Ended(string service, string action, int statusCode, TimeSpan? duration)
    {
        _requests.WithLabels(service, action, statusCode.ToString(CultureInfo.InvariantCulture)).Inc();
        if (duration is { } took)
        {
            _duration.WithLabels(service, action).Observe(took.TotalSeconds);
        }
    }

    /// <summary>A handler that counts the calls passing through it.</summary>
    /// <param name="service">The service that is called.</param>
    /// <param name="time">The clock.</param>
    /// <param name="inner">The next handler.</param>
    public HttpMessageHandler Around(string service, TimeProvider time, HttpMessageHandler inner) =>
        new MeteredHandler(this, service, time, inner);

    private sealed class MeteredHandler(ApiMetrics metrics, string service, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var action = await ApiActions.NameAsync(service, request, cancellationToken);
            using var span = LeaseTraces.BeginCall(service, action, time);
            var begun = time.GetTimestamp();
            var code = 0;
            try
            {
                var response = await base.SendAsync(request, cancellationToken);
                code = (int)response.StatusCode;
                return response;
            }
            finally
            {
                metrics.Ended(service, action, code, ApiActions.Waits(action) ? null : time.GetElapsedTime(begun));
            }
        }
    }
}
