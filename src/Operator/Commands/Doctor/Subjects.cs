using Operator.Aws;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Commands.Doctor;

/// <summary>The cluster as the operator sees it.</summary>
/// <param name="Url">The API server.</param>
internal sealed record ClusterSubject(Uri Url)
{
    public override string ToString() => Url.ToString();
}

/// <summary>A region and role in which pools have machines.</summary>
/// <param name="Account">Region and role.</param>
/// <param name="Region">The region's name.</param>
internal sealed record AccountSubject(AwsAccount Account, string Region)
{
    public override string ToString() => Account.AssumeRoleArn is { } role ? $"{Region} as {role}" : Region;
}

/// <summary>A pool.</summary>
/// <param name="Pool">The stored pool.</param>
/// <param name="Class">Its class; null if that does not exist.</param>
internal sealed record PoolSubject(V1Alpha1RunnerPool Pool, V1Alpha1ResourceClass? Class)
{
    public AwsAccount Account { get; } = PoolQueries.AccountOf(Pool.Spec.Launch);

    public IReadOnlyList<string> Architectures => TemplatePlanner.ArchitecturesOf(Class?.Spec ?? new());

    public override string ToString() => NamespacedName.From(Pool).ToString();
}
