namespace Operator.Aws.Offerings;

/// <summary>Knows the instance types of a region.</summary>
internal interface IInstanceTypeProvider
{
    /// <summary>The catalogue, sorted by name; cached as <see cref="CacheDurations.InstanceTypes"/> says.</summary>
    /// <param name="account">Where and as whom.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">AWS did not answer.</exception>
    Task<IReadOnlyList<InstanceTypeInfo>> ListAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>The region whose types they are, for messages.</summary>
    /// <param name="account">Where and as whom.</param>
    string RegionOf(AwsAccount account);
}
