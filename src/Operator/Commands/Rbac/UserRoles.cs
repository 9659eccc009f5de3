namespace Operator.Commands.Rbac;

/// <summary>
/// Users' permissions for the three kinds. Read access is aggregated to Kubernetes' own role <c>view</c>; write access has to be bound
/// explicitly, because anyone who may edit pools can launch machines with any instance profile that the operator may pass.
/// </summary>
internal static class UserRoles
{
    private static readonly IReadOnlyList<string> Read = ["get", "list", "watch"];
    private static readonly IReadOnlyList<string> ReadAndWrite = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

    public static IReadOnlyList<RbacRule> View { get; } =
    [
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools", Read),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerleases", Read),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools/scale", ["get"]),
        new(RbacScope.Cluster, "in no namespace: only a ClusterRoleBinding reaches them", EntityGroup.Name, "resourceclasses", Read),
    ];

    public static IReadOnlyList<RbacRule> Edit { get; } =
    [
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools", ReadAndWrite),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerleases", ReadAndWrite),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools/scale", ["get", "update", "patch"]),
    ];
}
