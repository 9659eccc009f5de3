namespace Operator.Aws.Network;

/// <summary>Finds the security groups that a spec means.</summary>
internal interface ISecurityGroupProvider
{
    /// <summary>Resolves a selector to at least one security group, sorted by id, all of one VPC.</summary>
    /// <param name="account">Where and as whom.</param>
    /// <param name="selector">Which groups.</param>
    /// <param name="vpcId">The VPC of the subnets that they are for; null: any one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">None fits, an id does not exist or is of another VPC, or AWS did not answer.</exception>
    Task<IReadOnlyList<SecurityGroup>> ResolveAsync(
        AwsAccount account, ResourceSelector selector, string? vpcId, CancellationToken cancellationToken);

    /// <summary>Drops the account's cached security groups after one turned out to be gone.</summary>
    /// <param name="account">Whose.</param>
    void Forget(AwsAccount account);
}

/// <summary>A security group.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="VpcId">Its VPC.</param>
internal sealed record SecurityGroup(string Id, string Name, string VpcId);
