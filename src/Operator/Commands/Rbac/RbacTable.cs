using Operator.Hosting;

namespace Operator.Commands.Rbac;

/// <summary>
/// Every call to the API server in the code. The manifests, the chart and the doctor's check are derived from this table; one test runs the
/// whole story under it, and another finds unused rules.
/// </summary>
internal static class RbacTable
{
    public static IReadOnlyList<RbacRule> Rules { get; } =
    [
        new(RbacScope.Cluster, "the informer", EntityGroup.Name, "resourceclasses", ["list", "watch"]),
        new(RbacScope.Cluster, "matching instance types", EntityGroup.Name, "resourceclasses/status", ["patch"]),
        new(RbacScope.Cluster, "the cluster's identity; not needed with --cluster-id", "", "namespaces", ["get"], ["kube-system"]),

        new(RbacScope.Cluster, "whether the definitions are those of this version", "apiextensions.k8s.io", "customresourcedefinitions", ["get"],
            ["resourceclasses.ec2runners.dev", "runnerleases.ec2runners.dev", "runnerleasesets.ec2runners.dev", "runnerpools.ec2runners.dev"]),

        new(RbacScope.Pools, "the informer; the finalizer", EntityGroup.Name, "runnerpools", ["list", "watch", "patch"]),
        new(RbacScope.Pools, "conditions and counts", EntityGroup.Name, "runnerpools/status", ["patch"]),
        new(RbacScope.Pools, "leases block the deletion of their pool, where OwnerReferencesPermissionEnforcement is on",
            EntityGroup.Name, "runnerpools/finalizers", ["update"]),
        new(RbacScope.Pools, "the informer; a pool's own leases, and those of jobs; the holder and the finalizer; a read after a conflict",
            EntityGroup.Name, "runnerleases", ["get", "list", "watch", "create", "patch", "delete"]),
        new(RbacScope.Pools, "phase, machine and runner", EntityGroup.Name, "runnerleases/status", ["patch"]),
        new(RbacScope.Pools, "the informer; the finalizer; sets that ended long ago; what the lease API takes, looks at and lets go", EntityGroup.Name, "runnerleasesets", ["get", "list", "watch", "create", "patch", "delete"]),
        new(RbacScope.Pools, "how a set stands, and the end of its run", EntityGroup.Name, "runnerleasesets/status", ["patch"]),
        new(RbacScope.Pools, "spec.github.credentialsSecretName and secretRefs of spec.runner and its container, by name", "", "secrets", ["get"]),
        new(RbacScope.Pools, "spec.runner.preRunnerScriptFrom.configMapKeyRef, by name", "", "configmaps", ["get"]),
        new(RbacScope.Pools, "events on pools and leases", "", "events", ["create", "patch"]),

        new(RbacScope.Home, "leader election, once", "coordination.k8s.io", "leases", ["create"]),
        new(RbacScope.Home, "leader election", "coordination.k8s.io", "leases", ["get", "patch"], [OperatorObjects.LeaderLease]),
        new(RbacScope.Home, "the ownership record of pools, once", "", "configmaps", ["create"]),
        new(RbacScope.Home, "the ownership record of pools", "", "configmaps", ["get", "patch"], [OperatorObjects.OwnershipRecord]),
    ];

    /// <summary>The calls of a dashboard with <c>--dashboard-auth Token</c>.</summary>
    public static IReadOnlyList<RbacRule> Dashboard { get; } =
    [
        new(RbacScope.Dashboard, "the dashboard: whose token it is", "authentication.k8s.io", "tokenreviews", ["create"]),
        new(RbacScope.Dashboard, "the dashboard: what they may list", "authorization.k8s.io", "subjectaccessreviews", ["create"]),
    ];

    public static IEnumerable<RbacRule> In(params RbacScope[] scopes) => Rules.Where(rule => scopes.Contains(rule.Scope));
}
