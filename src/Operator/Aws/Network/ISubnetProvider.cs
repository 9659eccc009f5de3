namespace Operator.Aws.Network;

/// <summary>Finds the subnets that a spec means.</summary>
internal interface ISubnetProvider
{
    /// <summary>Resolves a selector to at least one subnet, sorted by id.</summary>
    /// <param name="account">Where and as whom.</param>
    /// <param name="selector">Which subnets.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">None fits, an id does not exist, or AWS did not answer.</exception>
    Task<IReadOnlyList<Subnet>> ResolveAsync(AwsAccount account, ResourceSelector selector, CancellationToken cancellationToken);

    /// <summary>Drops the account's cached subnets after one turned out to be gone.</summary>
    /// <param name="account">Whose.</param>
    void Forget(AwsAccount account);
}

/// <summary>A subnet that instances can be launched into.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Zone">Its availability zone, such as <c>eu-central-1a</c>.</param>
/// <param name="AvailableIps">How many addresses were free when AWS was asked.</param>
/// <param name="VpcId">Its VPC.</param>
internal sealed record Subnet(string Id, string Zone, int AvailableIps, string VpcId);
