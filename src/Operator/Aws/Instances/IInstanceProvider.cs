namespace Operator.Aws.Instances;

/// <summary>This cluster's machines: what is there, and how they go.</summary>
internal interface IInstanceProvider
{
    /// <summary>What the last listing, and what this process has done since, say of an instance.</summary>
    InstanceView View(AwsAccount account, string instanceId, DateTimeOffset? launchedAt);

    /// <summary>When the last listing of an account began; null before the first.</summary>
    DateTimeOffset? ListedAt(AwsAccount account);

    /// <summary>Lists every living instance with this cluster's tag.</summary>
    Task<InstanceListing> RefreshAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>Asks EC2 for the instances of one launch intent, dead ones included.</summary>
    Task<IReadOnlyList<Instance>> FindByIntentAsync(AwsAccount account, string intentId, CancellationToken cancellationToken);

    /// <summary>Takes a launched instance into the view before a listing shows it.</summary>
    void Add(AwsAccount account, Instance instance);

    /// <summary>Terminates; an instance that does not exist is a success.</summary>
    Task TerminateAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken);

    /// <summary>The last lines that an instance wrote to its console; empty when EC2 has none.</summary>
    Task<string> ConsoleTailAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken);
}

/// <summary>One listing of an account's instances.</summary>
/// <param name="Instances">Living instances by id.</param>
/// <param name="Changed">Ids whose state differs from the listing before, vanished ones included.</param>
/// <param name="TakenAt">When the listing began.</param>
internal sealed record InstanceListing(
    IReadOnlyDictionary<string, Instance> Instances, IReadOnlyCollection<string> Changed, DateTimeOffset TakenAt);
