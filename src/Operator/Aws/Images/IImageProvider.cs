namespace Operator.Aws.Images;

/// <summary>Finds the machine image that a spec means.</summary>
internal interface IImageProvider
{
    /// <summary>Resolves a query to one image; answers are cached as <see cref="CacheDurations"/> says.</summary>
    /// <param name="account">Where and as whom.</param>
    /// <param name="query">Which image.</param>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">None fits, or AWS did not answer.</exception>
    Task<ResolvedImage> ResolveAsync(AwsAccount account, ImageQuery query, string architecture, CancellationToken cancellationToken);

    /// <summary>Drops the account's cached images after one turned out to be gone.</summary>
    /// <param name="account">Whose.</param>
    void Forget(AwsAccount account);
}
