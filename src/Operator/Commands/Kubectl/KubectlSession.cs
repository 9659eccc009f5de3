using System.CommandLine;
using System.Text.Json.Serialization;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Hosting;

namespace Operator.Commands.Kubectl;

/// <summary>A command's connection to the cluster, as the user.</summary>
internal sealed class KubectlSession : IDisposable
{
    private readonly string? _scope;

    /// <exception cref="Operator.Runtime.Client.Configuration.KubernetesConfigurationException">There is no such cluster.</exception>
    public KubectlSession(ParseResult parsed)
    {
        var dependencies = OperatorDependencies.Real();
        var configuration = ClusterArguments.Read(parsed);
        Now = dependencies.Time.GetUtcNow();
        Namespace = parsed.GetValue(KubectlArguments.Namespace) ?? (string.IsNullOrEmpty(configuration.Namespace) ? "default" : configuration.Namespace);
        IsEverywhere = parsed.CommandResult.Command.Options.Contains(KubectlArguments.AllNamespaces) && parsed.GetValue(KubectlArguments.AllNamespaces);
        _scope = IsEverywhere ? null : Namespace;
        Client = new(configuration, new KubernetesClientOptions
        {
            Time = dependencies.Time,
            Jitter = dependencies.Jitter,
            TypeInfoResolvers = [EntitiesJsonContext.Default, KubectlJsonContext.Default],
            UserAgent = $"kubectl-runners/{OperatorVersion.Number}",
        });
    }

    public KubernetesClient Client { get; }

    public string Namespace { get; }

    public bool IsEverywhere { get; }

    public DateTimeOffset Now { get; }

    /// <summary>The objects of the namespace, or of all.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(CancellationToken cancellationToken)
        where T : class, IKubernetesObject =>
        [
            .. (await Client.ListAsync<T>(_scope, labelSelector: null, cancellationToken)).Items
                .OrderBy(item => item.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(item => item.Metadata.Name, StringComparer.Ordinal),
        ];

    /// <summary>The pool or lease with a name such as <c>pool/linux</c> or <c>linux-0</c>.</summary>
    /// <exception cref="CommandException">There is none, or both.</exception>
    public async Task<KubectlTarget> FindAsync(string text, CancellationToken cancellationToken)
    {
        var (kind, name) = Split(text);
        var pool = kind is null or "pool" ? await Client.GetAsync<V1Alpha1RunnerPool>(new(Namespace, name), cancellationToken) : null;
        var lease = kind is null or "lease" ? await Client.GetAsync<V1Alpha1RunnerLease>(new(Namespace, name), cancellationToken) : null;
        return (pool, lease) switch
        {
            (not null, not null) => throw new CommandException($"there are a RunnerPool and a RunnerLease '{name}': write pool/{name} or lease/{name}"),
            (null, null) => throw new CommandException(
                $"there is no {(kind switch { "pool" => "RunnerPool", "lease" => "RunnerLease", _ => "RunnerPool or RunnerLease" })} '{name}' in the namespace {Namespace}; list them with kubectl get runners -n {Namespace}"),
            _ => new(pool, lease),
        };
    }

    /// <summary>A lease by name.</summary>
    public async Task<V1Alpha1RunnerLease> FindLeaseAsync(string text, CancellationToken cancellationToken) =>
        (await FindAsync(text.Contains('/') ? text : $"lease/{text}", cancellationToken)).Lease ?? throw new CommandException($"{text} is a pool: name one of its leases (kubectl get runnerleases -n {Namespace})");

    /// <summary>A pool by name.</summary>
    public async Task<V1Alpha1RunnerPool> FindPoolAsync(string text, CancellationToken cancellationToken) =>
        (await FindAsync(text.Contains('/') ? text : $"pool/{text}", cancellationToken)).Pool ?? throw new CommandException($"{text} is a lease: name its pool");

    /// <summary>Kind (<c>pool</c>, <c>lease</c>, <c>job</c>, or null) and name.</summary>
    /// <exception cref="CommandException">The kind is none of these.</exception>
    public static (string? Kind, string Name) Split(string text) => text.Split('/', 2) switch
    {
        [var name] when ArgumentRules.IsObjectName(name) => (null, name),
        ["pool" or "pools" or "rpool" or "runnerpool" or "runnerpools", var name] when ArgumentRules.IsObjectName(name) => ("pool", name),
        ["lease" or "leases" or "rlease" or "runnerlease" or "runnerleases", var name] when ArgumentRules.IsObjectName(name) => ("lease", name),
        ["job" or "jobs", var name] when name.All(char.IsAsciiDigit) => ("job", name),
        _ => throw new CommandException($"'{ErrorText.Shorten(text, 80)}' is not pool/NAME, lease/NAME or job/NUMBER"),
    };

    public void Dispose() => Client.Dispose();
}

/// <summary>A pool, or a lease.</summary>
/// <param name="Pool">The pool; null for a lease.</param>
/// <param name="Lease">The lease; null for a pool.</param>
internal sealed record KubectlTarget(V1Alpha1RunnerPool? Pool, V1Alpha1RunnerLease? Lease);

/// <summary>An event, <c>v1 Event</c>, as far as it is shown.</summary>
[KubernetesEntity(ApiVersion = "v1", Kind = "Event", PluralName = "events")]
internal sealed class ShownEvent : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public InvolvedObject? InvolvedObject { get; set; }

    public string? Type { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }

    public int? Count { get; set; }

    public DateTimeOffset? LastTimestamp { get; set; }

    public DateTimeOffset? EventTime { get; set; }

    /// <summary>When it was last seen.</summary>
    [JsonIgnore]
    public DateTimeOffset At => LastTimestamp ?? EventTime ?? Metadata.CreationTimestamp ?? DateTimeOffset.MinValue;
}

/// <summary>What an event is about.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
internal sealed record InvolvedObject(string? Kind, string? Name);

/// <summary>How events are read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShownEvent))]
internal sealed partial class KubectlJsonContext : JsonSerializerContext;
