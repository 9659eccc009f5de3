using Operator.Commands.Rbac;
using Operator.Hosting;
using V1Namespace = k8s.Models.V1Namespace;
using V1ResourceAttributes = k8s.Models.V1ResourceAttributes;
using V1SelfSubjectAccessReview = k8s.Models.V1SelfSubjectAccessReview;

namespace Operator.Commands.Doctor.Kubernetes;

/// <summary>The API server answers, accepts the credentials and identifies its cluster.</summary>
internal sealed class ApiServerCheck(IKubernetesClient client, OperatorOptions options) : ICheck<ClusterSubject>
{
    public string Area => "kubernetes";

    public string Name => "api server";

    public bool IsFundamental => true;

    /// <summary>The cluster's id, once known.</summary>
    public string? ClusterId { get; private set; } = options.ClusterId;

    public async Task<CheckResult> RunAsync(ClusterSubject subject, CancellationToken cancellationToken)
    {
        try
        {
            var home = await client.GetAsync<V1Namespace>(NamespacedName.ClusterScoped("kube-system"), cancellationToken);
            ClusterId ??= home?.Metadata.Uid;
        }
        catch (KubernetesApiException e) when (e.IsUnauthorized)
        {
            return CheckResult.Failed($"the credentials were rejected ({e.Message}); log in again, or use another --kubeconfig or --context");
        }
        catch (KubernetesApiException e) when (e.IsForbidden && ClusterId is not null)
        {
            // With --cluster-id that namespace is not needed.
        }

        return ClusterId is { } id
            ? CheckResult.Ok($"answers; cluster id {id}")
            : CheckResult.Failed("the namespace kube-system, whose UID is the cluster id, does not exist; set --cluster-id");
    }
}

/// <summary>The kinds are installed, and of this version.</summary>
internal sealed class KindsCheck(IKubernetesClient client) : ICheck<ClusterSubject>
{
    public string Area => "kubernetes";

    public string Name => "kinds";

    public bool IsFundamental => true;

    public async Task<CheckResult> RunAsync(ClusterSubject subject, CancellationToken cancellationToken)
    {
        var problems = await InstalledKinds.FindProblemsAsync(client, cancellationToken);
        var text = string.Join("; ", problems.Select(problem => problem.Text));
        return problems.Count == 0 ? CheckResult.Ok("all three are installed at this version")
            : problems.Any(problem => problem.IsFatal) ? CheckResult.Failed($"{text}; {InstalledKinds.Remedy}")
            : CheckResult.Warning($"{text}; upgrade the operator");
    }
}

/// <summary>The caller has every permission in <see cref="RbacTable"/>.</summary>
internal sealed class RolesCheck(IKubernetesClient client, OperatorOptions options) : ICheck<ClusterSubject>
{
    private const int Named = 5;

    public string Area => "kubernetes";

    public string Name => "permissions";

    public async Task<CheckResult> RunAsync(ClusterSubject subject, CancellationToken cancellationToken)
    {
        var calls = RbacTable.Rules.SelectMany(CallsOf).ToList();
        var answers = await Task.WhenAll(calls.Select(call => IsAllowedAsync(call, cancellationToken)));
        var missing = calls.Zip(answers).Where(pair => !pair.Second).Select(pair => Describe(pair.First)).ToList();
        return missing.Count == 0
            ? CheckResult.Ok($"all {calls.Count} are granted")
            : CheckResult.Failed($"not allowed: {string.Join(", ", missing.Take(Named))}{(missing.Count > Named ? $" and {missing.Count - Named} more" : "")}; "
                + "apply the roles of this version: operator rbac | kubectl apply -f -");
    }

    private IEnumerable<V1ResourceAttributes> CallsOf(RbacRule rule) =>
        from space in NamespacesOf(rule.Scope)
        from verb in rule.Verbs
        from name in rule.Names ?? [null!]
        where !(rule.Resource == "namespaces" && options.ClusterId is not null)
        select new V1ResourceAttributes
        {
            NamespaceProperty = space,
            Verb = verb,
            Group = rule.Group,
            Resource = rule.Resource.Split('/')[0],
            Subresource = rule.Resource.Split('/').ElementAtOrDefault(1),
            Name = name,
        };

    private IEnumerable<string?> NamespacesOf(RbacScope scope) => scope switch
    {
        RbacScope.Cluster => [null],
        RbacScope.Home => [options.Namespace],
        _ => options.Watch.Lists,
    };

    private async Task<bool> IsAllowedAsync(V1ResourceAttributes call, CancellationToken cancellationToken)
    {
        var review = new V1SelfSubjectAccessReview { Spec = new() { ResourceAttributes = call } };
        return (await client.CreateAsync(review, cancellationToken)).Status?.Allowed == true;
    }

    private static string Describe(V1ResourceAttributes call) =>
        $"{call.Verb} {call.Resource}{(call.Subresource is { } sub ? "/" + sub : "")}{(call.Name is { } name ? $" {name}" : "")}"
        + (call.NamespaceProperty is { } space ? $" in {space}" : "");
}
