namespace Operator.Commands.Rbac;

/// <summary>
/// What people may do with the kinds. To see them is added to Kubernetes' own role <c>view</c>; to edit them is bound to those who may, since whoever may
/// edit pools can launch machines with any instance profile that the operator may pass.
/// </summary>
internal static class UserRoles
{
    private static readonly IReadOnlyList<string> Read = ["get", "list", "watch"];
    private static readonly IReadOnlyList<string> ReadAndWrite = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

    public static IReadOnlyList<RbacRule> View { get; } =
    [
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools", Read),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerleases", Read),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerleasesets", Read),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools/scale", ["get"]),
        new(RbacScope.Cluster, "in no namespace: only a ClusterRoleBinding reaches them", EntityGroup.Name, "resourceclasses", Read),
    ];

    public static IReadOnlyList<RbacRule> Edit { get; } =
    [
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools", ReadAndWrite),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerleases", ReadAndWrite),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerleasesets", ReadAndWrite),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools/scale", ["get", "update", "patch"]),
    ];
}
