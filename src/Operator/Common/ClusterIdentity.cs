namespace Operator.Common;

/// <summary>Names this cluster in tags, paths and runner names: nothing that does not carry it is ever touched.</summary>
/// <param name="Id">The UID of the namespace <c>kube-system</c>, unless configured.</param>
internal sealed record ClusterIdentity(string Id);

/// <summary>The tags on what the operator makes in EC2. A key may not contain a slash: an instance reads its tags from its metadata.</summary>
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
