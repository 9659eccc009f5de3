namespace Operator.Aws.LaunchTemplates;

/// <summary>Launch templates of pools, named by the hash of their content.</summary>
internal interface ILaunchTemplateProvider
{
    /// <summary>Creates the template unless it exists.</summary>
    /// <param name="account">Region and role.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="content">Its content.</param>
    /// <param name="recorded">
    /// Ids recorded as created for this content: the first version of a template never changes. A template with the same name and tags but an
    /// unrecorded id may contain anything, and is recreated.
    /// </param>
    /// <param name="cancellationToken">Ends the calls.</param>
    Task<LaunchTemplateRef> EnsureAsync(
        AwsAccount account, PoolIdentity pool, LaunchTemplateContent content, IReadOnlySet<string> recorded, CancellationToken cancellationToken);

    /// <summary>All templates of this cluster in the account.</summary>
    Task<IReadOnlyList<OwnedTemplate>> ListAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>Deletes a template; one that does not exist is a success.</summary>
    Task DeleteAsync(AwsAccount account, string id, CancellationToken cancellationToken);

    /// <summary>Drops a template from the cache after EC2 reported it missing.</summary>
    void Forget(string id);

    /// <summary>
    /// Recreates the template when it is next needed, after EC2 reported that the version to launch is gone: a deleted version never comes
    /// back.
    /// </summary>
    void Replace(string id);
}

/// <summary>Identifies a template's pool.</summary>
/// <param name="Uid">The pool's UID.</param>
/// <param name="Name">Namespace and name of the pool.</param>
internal sealed record PoolIdentity(string Uid, string Name);

/// <summary>A launch template with this cluster's tag.</summary>
/// <param name="Id">EC2's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="PoolUid">The pool it was created for.</param>
/// <param name="CreatedAt">When.</param>
internal sealed record OwnedTemplate(string Id, string Name, string? PoolUid, DateTimeOffset CreatedAt);
