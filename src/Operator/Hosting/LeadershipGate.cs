using Operator.Runtime.LeaderElection;

namespace Operator.Hosting;

/// <summary>
/// Blocks requests that a leader started before it was paused beyond its lease, because another process may be leader by now. Election and
/// reads continue, as do a standby's writes to the API server for webhooks.
/// </summary>
internal sealed class LeadershipGate(Leadership leadership, string service, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        MayHaveEffect(request) && (service == "kubernetes" ? leadership.IsOverdue : leadership.HasLapsed)
            ? throw new LeadershipLapsedException()
            : base.SendAsync(request, cancellationToken);

    // AWS uses POST for reads too, but only the leader needs them.
    private bool MayHaveEffect(HttpRequestMessage request) =>
        service == "aws"
        || (request.Method != HttpMethod.Get && request.RequestUri?.AbsolutePath.StartsWith("/apis/coordination.k8s.io/", StringComparison.Ordinal) != true);
}
