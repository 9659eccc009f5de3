namespace Operator.Aws.Instances;

/// <summary>This cluster's instances.</summary>
internal interface IInstanceProvider
{
    /// <summary>The view of an instance from the last listing and this process's own changes.</summary>
    InstanceView View(AwsAccount account, string instanceId, DateTimeOffset? launchedAt);

    /// <summary>When the last listing of an account began; null before the first.</summary>
    DateTimeOffset? ListedAt(AwsAccount account);

    /// <summary>Lists every live instance with this cluster's tag.</summary>
    Task<InstanceListing> RefreshAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>Queries EC2 for the instances of one launch intent, including terminated ones.</summary>
    Task<IReadOnlyList<Instance>> FindByIntentAsync(AwsAccount account, string intentId, CancellationToken cancellationToken);

    /// <summary>The living instances of an intent, from the last listing and this process's own changes.</summary>
    IReadOnlyList<Instance> Listed(AwsAccount account, string intentId);

    /// <summary>Adds a launched instance to the view before a listing shows it.</summary>
    void Add(AwsAccount account, Instance instance);

    /// <summary>Terminates an instance; one that does not exist is a success.</summary>
    Task TerminateAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken);

    /// <summary>Stops an instance; one that is stopped already is a success.</summary>
    /// <param name="account">Where it is.</param>
    /// <param name="instanceId">Its id.</param>
    /// <param name="hibernates">Whether its memory is kept.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task StopAsync(AwsAccount account, string instanceId, bool hibernates, CancellationToken cancellationToken);

    /// <summary>Starts a stopped instance; one that runs already is a success.</summary>
    Task StartAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken);

    /// <summary>The last lines of an instance's console output; empty if EC2 has none.</summary>
    Task<string> ConsoleTailAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken);
}

/// <summary>One listing of an account's instances.</summary>
/// <param name="Instances">Live instances by id.</param>
/// <param name="Changed">Ids whose state differs from the previous listing, including vanished ones.</param>
/// <param name="TakenAt">When the listing began.</param>
internal sealed record InstanceListing(
    IReadOnlyDictionary<string, Instance> Instances, IReadOnlyCollection<string> Changed, DateTimeOffset TakenAt);
