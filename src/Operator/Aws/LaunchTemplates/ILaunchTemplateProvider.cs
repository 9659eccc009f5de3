namespace Operator.Aws.LaunchTemplates;

/// <summary>Launch templates that belong to pools, named by the hash of their content.</summary>
internal interface ILaunchTemplateProvider
{
    /// <summary>Makes the template unless it is there.</summary>
    /// <param name="account">Where.</param>
    /// <param name="pool">For which pool.</param>
    /// <param name="content">What is in it.</param>
    /// <param name="recorded">
    /// Ids that are on record as made for this content: the first version of a template never changes. One that has its name and tags without being among them
    /// may hold anything, and is made anew.
    /// </param>
    /// <param name="cancellationToken">Ends the calls.</param>
    Task<LaunchTemplateRef> EnsureAsync(
        AwsAccount account, PoolIdentity pool, LaunchTemplateContent content, IReadOnlySet<string> recorded, CancellationToken cancellationToken);

    /// <summary>Every template of this cluster in the account.</summary>
    Task<IReadOnlyList<OwnedTemplate>> ListAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>Deletes a template; one that does not exist is a success.</summary>
    Task DeleteAsync(AwsAccount account, string id, CancellationToken cancellationToken);

    /// <summary>Forgets that a template exists, after EC2 said it does not.</summary>
    void Forget(string id);

    /// <summary>Makes the template anew when it is wanted next, after EC2 said that the version to launch is gone: a version that was deleted never comes back.</summary>
    void Replace(string id);
}

/// <summary>What ties a launch template to a pool.</summary>
/// <param name="Uid">The pool's UID.</param>
/// <param name="Name">Namespace and name of the pool.</param>
internal sealed record PoolIdentity(string Uid, string Name);

/// <summary>A launch template with this cluster's tag.</summary>
/// <param name="Id">EC2's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="PoolUid">The pool it was made for.</param>
/// <param name="CreatedAt">When.</param>
internal sealed record OwnedTemplate(string Id, string Name, string? PoolUid, DateTimeOffset CreatedAt);
