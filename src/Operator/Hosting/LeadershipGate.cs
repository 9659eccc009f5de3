using Operator.Runtime.LeaderElection;

namespace Operator.Hosting;

/// <summary>
/// Lets nothing out that a leader began before it was paused beyond its lease: another one may lead by now. Election and reading go on, and so does a standby,
/// which takes webhooks and so writes to the API server.
/// </summary>
internal sealed class LeadershipGate(Leadership leadership, string service, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        MayHaveEffect(request) && (service == "kubernetes" ? leadership.IsOverdue : leadership.HasLapsed)
            ? throw new LeadershipLapsedException()
            : base.SendAsync(request, cancellationToken);

    // AWS reads by POST, too: whoever does not lead needs none of it.
    private bool MayHaveEffect(HttpRequestMessage request) =>
        service == "aws"
        || (request.Method != HttpMethod.Get && request.RequestUri?.AbsolutePath.StartsWith("/apis/coordination.k8s.io/", StringComparison.Ordinal) != true);
}
