using System.Text;

namespace Operator.Commands.Rbac;

/// <summary>The operator's identity and scope.</summary>
/// <param name="Namespace">The operator's own namespace.</param>
/// <param name="ServiceAccount">The service account it runs as.</param>
/// <param name="Watch">The namespaces of its pools.</param>
/// <param name="WebhookSecret">The value of <c>operator run --webhook-secret</c>, if any.</param>
/// <param name="DashboardTokens">Whether the dashboard asks for tokens.</param>
internal sealed record RbacTarget(string Namespace, string ServiceAccount, WatchScope Watch, string? WebhookSecret = null, bool DashboardTokens = false);

/// <summary>Renders the table as manifests, or as plain rules for the chart's templates.</summary>
internal static class RbacManifests
{
    private const string Header = "# Written by `operator rbac` from src/Operator/Commands/Rbac/RbacTable.cs: change that, not this file.\n";
    private const string Name = "ec2runners-operator";

    /// <summary>File names and contents of the manifests.</summary>
    public static IReadOnlyDictionary<string, string> Manifests(RbacTarget target) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["operator.yaml"] = Header + string.Join("---\n", OperatorDocuments(target)),
        ["users.yaml"] = Header + string.Join(
            "---\n",
            UserRole("ec2runners-view", UserRoles.View, aggregatedTo: "view"),
            UserRole("ec2runners-edit", UserRoles.Edit, aggregatedTo: null)),
    };

    /// <summary>File names and contents of the bare lists of rules.</summary>
    public static IReadOnlyDictionary<string, string> Rules() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["cluster.yaml"] = Header + Write(RbacTable.In(RbacScope.Cluster)),
        ["pools.yaml"] = Header + Write(RbacTable.In(RbacScope.Pools)),
        ["dashboard.yaml"] = Header + Write(RbacTable.Dashboard),
        ["home.yaml"] = Header + Write(RbacTable.In(RbacScope.Home)),
        ["view.yaml"] = Header + Write(UserRoles.View),
        ["edit.yaml"] = Header + Write(UserRoles.Edit),
    };

    private static IEnumerable<string> OperatorDocuments(RbacTarget target)
    {
        yield return $"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {target.ServiceAccount}\n  namespace: {target.Namespace}\n";
        var clusterWide = (target.Watch.IsEverywhere ? RbacTable.In(RbacScope.Cluster, RbacScope.Pools) : RbacTable.In(RbacScope.Cluster))
            .Concat(target.DashboardTokens ? RbacTable.Dashboard : []);
        yield return Role("ClusterRole", Name, namespaceName: null, clusterWide);
        yield return Binding("ClusterRole", Name, namespaceName: null, target);
        foreach (var watched in target.Watch.Namespaces)
        {
            yield return Role("Role", Name, watched, RbacTable.In(RbacScope.Pools));
            yield return Binding("Role", Name, watched, target);
        }

        yield return Role("Role", $"{Name}-home", target.Namespace, HomeRules(target));
        yield return Binding("Role", $"{Name}-home", target.Namespace, target);
    }

    private static IEnumerable<RbacRule> HomeRules(RbacTarget target) => target.WebhookSecret is { } secret
        ? RbacTable.In(RbacScope.Home).Append(new(RbacScope.Home, "the secret of GitHub's webhooks", "", "secrets", ["get"], [secret]))
        : RbacTable.In(RbacScope.Home);

    private static string Role(string kind, string name, string? namespaceName, IEnumerable<RbacRule> rules) =>
        $"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n{Metadata(name, namespaceName)}rules:\n{Write(rules)}";

    private static string Binding(string roleKind, string name, string? namespaceName, RbacTarget target) =>
        $"""
        apiVersion: rbac.authorization.k8s.io/v1
        kind: {roleKind}Binding
        {Metadata(name, namespaceName)}roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: {roleKind}
          name: {name}
        subjects:
        - kind: ServiceAccount
          name: {target.ServiceAccount}
          namespace: {target.Namespace}

        """;

    private static string UserRole(string name, IEnumerable<RbacRule> rules, string? aggregatedTo) =>
        $"""
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata:
          name: {name}{(aggregatedTo is null ? "" : $"\n  labels:\n    rbac.authorization.k8s.io/aggregate-to-{aggregatedTo}: \"true\"")}
        rules:
        {Write(rules)}
        """;

    private static string Metadata(string name, string? namespaceName) =>
        $"metadata:\n  name: {name}\n" + (namespaceName is null ? "" : $"  namespace: {namespaceName}\n");

    private static string Write(IEnumerable<RbacRule> rules) =>
        rules.Aggregate(new StringBuilder(), (yaml, rule) => yaml.Append(rule.ToYaml())).ToString();
}
