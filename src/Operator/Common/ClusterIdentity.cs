namespace Operator.Common;

/// <summary>Identifies this cluster in tags, paths and runner names: resources without it are never touched.</summary>
/// <param name="Id">The UID of the namespace <c>kube-system</c>, unless configured.</param>
internal sealed record ClusterIdentity(string Id);

/// <summary>
/// Tags of the operator's EC2 resources. A key may not contain a slash, because instances read their tags from the metadata service.
/// </summary>
internal static class Tags
{
    public const string Cluster = "ec2runners.dev:cluster";
    public const string Pool = "ec2runners.dev:pool";
    public const string PoolUid = "ec2runners.dev:pool-uid";
    public const string Intent = "ec2runners.dev:intent";
    public const string Template = "ec2runners.dev:template";
    public const string WakeUp = "ec2runners.dev:wake-up";
    public const string Interruption = "ec2runners.dev:interruption";
}
