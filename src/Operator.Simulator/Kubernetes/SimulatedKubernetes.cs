using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Operator.Simulator.Faults;
using Operator.Simulator.Kubernetes.Http;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Network;

namespace Operator.Simulator.Kubernetes;

/// <summary>
/// A Kubernetes API server in memory, over HTTP, as far as <c>kubectl</c>, <c>@kubernetes/client-node</c> and the operator need it.
/// Everything is allowed unless denied; nothing runs pods; CEL rules are not enforced. The contract suite in
/// <c>tests/Operator.EndToEnd/KubernetesContract</c> compares it with the real one.
/// </summary>
public sealed class SimulatedKubernetes : IAsyncDisposable
{
    private static readonly string[] InitialNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    private readonly CancellationTokenSource _stopping = new();
    private bool _isDisposed;
    private readonly Cluster _cluster;
    private readonly WebApplication _server;

    /// <summary>Creates an API server that is not listening yet.</summary>
    /// <param name="timeProvider">Timestamps, ages, bookmarks and time-outs are on this clock.</param>
    /// <param name="faults">Faults for calls named <c>kubernetes:VERB plural[/subresource]</c>, with the verbs GET, LIST, WATCH,
    /// CREATE, UPDATE, PATCH, APPLY, DELETE and DELETECOLLECTION.</param>
    /// <param name="calls">Counts the calls by these names.</param>
    /// <param name="newId">Generates UIDs and the names for <c>generateName</c>.</param>
    /// <param name="network">Where it listens; on loopback when null.</param>
    public SimulatedKubernetes(TimeProvider timeProvider, FaultInjector faults, CallLog calls, Func<Guid> newId, INetwork? network = null)
    {
        _cluster = new Cluster(timeProvider, newId);
        var objects = new ObjectApi(_cluster);
        Objects = new KubernetesObjects(_cluster, objects);
        Watches = new KubernetesWatches(_cluster);
        foreach (var name in InitialNamespaces)
        {
            var space = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } };
            objects.Create(BuiltInResources.Namespaces, "", space, new WriteOptions("simulator"));
        }

        // As in a real cluster, a watch cannot start before the beginning.
        CompactTo(LatestResourceVersion);
        _server = Build(new KubernetesHandler(_cluster, new ObjectRequests(_cluster, objects, _stopping.Token), faults, calls), network ?? LoopbackNetwork.Instance);
    }

    /// <summary>The address, such as <c>http://127.0.0.1:41234</c>; known once it is started.</summary>
    public string Url => _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
        ?? throw new InvalidOperationException("the simulated API server is not started");

    /// <summary>Reads and writes objects in process, past faults and counts.</summary>
    public KubernetesObjects Objects { get; }

    /// <summary>Inspects and disturbs open watches.</summary>
    public KubernetesWatches Watches { get; }

    /// <summary>The version of the last change of any object.</summary>
    public long LatestResourceVersion
    {
        get
        {
            lock (_cluster.Lock)
            {
                return _cluster.Store.Revision;
            }
        }
    }

    /// <summary>Begins to listen, on a free port.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(cancellationToken);

    /// <summary>
    /// Forgets the changes up to a version: watches from before it, and lists that are continued from before it, end with 410.
    /// </summary>
    /// <param name="resourceVersion">The version; at most the latest.</param>
    public void CompactTo(long resourceVersion)
    {
        lock (_cluster.Lock)
        {
            _cluster.Store.Compact(resourceVersion);
        }
    }

    /// <summary>Users that the cluster knows, and what they may do; nothing else asks them.</summary>
    public AccessReviews Reviews => _cluster.Reviews;

    /// <summary>Denies a permission to all callers over HTTP.</summary>
    /// <param name="verb">As RBAC calls it, such as <c>patch</c>.</param>
    /// <param name="resource">By plural, with the subresource: <c>runnerleases/status</c>.</param>
    public void Deny(string verb, string resource) => _cluster.Denials.Add(verb, resource);

    /// <summary>Writes a kubeconfig that reaches this server. (The JavaScript client takes plain HTTP only where TLS need not be verified.)</summary>
    /// <param name="path">The file; overwritten.</param>
    public void WriteKubeconfig(string path) => File.WriteAllText(path, $"""
        apiVersion: v1
        kind: Config
        current-context: simulated
        clusters:
        - name: simulated
          cluster:
            server: {Url}
            insecure-skip-tls-verify: true
        contexts:
        - name: simulated
          context:
            cluster: simulated
            user: simulated
            namespace: default
        users:
        - name: simulated
          user:
            token: simulated

        """);

    /// <summary>Cuts every connection and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _stopping.CancelAsync();
        await _server.DisposeAsync();
        _stopping.Dispose();
    }

    private static WebApplication Build(KubernetesHandler handler, INetwork network)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        network.Serve(builder.WebHost.ConfigureKestrel(Configure).UseUrls("http://127.0.0.1:0"));
        var server = builder.Build();
        server.Run(handler.HandleAsync);
        return server;
    }

    private static void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        // The largest body that the API server takes; and a watch may be silent for as long as it likes.
        options.Limits.MaxRequestBodySize = 3 * 1024 * 1024;
        options.Limits.MinResponseDataRate = null;
    }
}
