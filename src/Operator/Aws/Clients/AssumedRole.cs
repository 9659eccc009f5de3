using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace Operator.Aws.Clients;

/// <summary>
/// A role's credentials, obtained over the operator's own connections and clock in the account's region. The SDK's
/// <c>AssumeRoleAWSCredentials</c> creates its own client, blocks a thread, and calls us-east-1 if the environment names no region.
/// </summary>
internal sealed class AssumedRole : AWSCredentials
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan UseUntilBefore = TimeSpan.FromMinutes(1);

    private readonly Func<AmazonSecurityTokenServiceClient> _sts;
    private readonly AssumeRoleRequest _request;
    private readonly TimeProvider _time;
    private readonly SharedCall<Credentials> _renewal;
    private volatile Credentials? _current;

    /// <param name="sts">Creates the STS client.</param>
    /// <param name="roleArn">The role.</param>
    /// <param name="sessionName">Appears in CloudTrail.</param>
    /// <param name="externalId">Lets a trust policy restrict the role to one cluster; null sends none.</param>
    /// <param name="time">The clock for their expiration.</param>
    public AssumedRole(Func<AmazonSecurityTokenServiceClient> sts, string roleArn, string sessionName, string? externalId, TimeProvider time)
    {
        (_sts, _time) = (sts, time);
        _request = new AssumeRoleRequest { RoleArn = roleArn, RoleSessionName = sessionName, ExternalId = externalId };
        _renewal = new SharedCall<Credentials>(RenewAsync);
    }

    // The signer calls this synchronously after the pipeline has obtained the credentials asynchronously.
    public override ImmutableCredentials GetCredentials() => (_current ?? throw new InvalidOperationException("no credentials have been obtained asynchronously yet")).GetCredentials();

    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        if (LastsFor(RenewBefore) is { } current)
        {
            return current.GetCredentials();
        }

        try
        {
            return (await _renewal.RunAsync(CancellationToken.None)).GetCredentials();
        }
        catch (AmazonServiceException exception)
        {
            return LastsFor(UseUntilBefore)?.GetCredentials() ?? throw new AmazonClientException($"{_request.RoleArn} cannot be assumed", exception);
        }
    }

    private Credentials? LastsFor(TimeSpan left) => _current is { } credentials && credentials.Expiration - _time.GetUtcNow() > left ? credentials : null;

    private async Task<Credentials> RenewAsync()
    {
        // A caller that waited for the renewal must not start another.
        if (LastsFor(RenewBefore) is { } current)
        {
            return current;
        }

        using var client = _sts();
        return _current = (await client.AssumeRoleAsync(_request)).Credentials;
    }
}
