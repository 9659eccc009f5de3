namespace Operator.Commands.Rbac;

/// <summary>
/// What people may do with the three kinds, added to Kubernetes' own roles <c>view</c>, <c>edit</c> and <c>admin</c>. Whoever may edit pools can
/// launch machines with any instance profile that the operator may pass.
/// </summary>
internal static class UserRoles
{
    private static readonly IReadOnlyList<string> Read = ["get", "list", "watch"];
    private static readonly IReadOnlyList<string> Write = ["create", "update", "patch", "delete", "deletecollection"];

    public static IReadOnlyList<RbacRule> View { get; } =
    [
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools", Read),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerleases", Read),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools/scale", ["get"]),
        new(RbacScope.Cluster, "in no namespace: only a ClusterRoleBinding reaches them", EntityGroup.Name, "resourceclasses", Read),
    ];

    public static IReadOnlyList<RbacRule> Edit { get; } =
    [
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools", Write),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerleases", Write),
        new(RbacScope.Pools, "", EntityGroup.Name, "runnerpools/scale", ["update", "patch"]),
    ];
}
