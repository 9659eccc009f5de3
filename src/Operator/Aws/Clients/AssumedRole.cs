using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace Operator.Aws.Clients;

/// <summary>
/// A role's credentials over the operator's own connections, by its own clock, in the account's own region. The SDK's <c>AssumeRoleAWSCredentials</c> makes a
/// client of its own for that, blocks a thread, and asks in us-east-1 where the environment names no region.
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

    /// <param name="sts">Makes the client that asks.</param>
    /// <param name="roleArn">The role.</param>
    /// <param name="sessionName">Shows in CloudTrail.</param>
    /// <param name="externalId">What a trust policy can ask for, so that a role opens for one cluster only; null means none is sent.</param>
    /// <param name="time">Says when the credentials end.</param>
    public AssumedRole(Func<AmazonSecurityTokenServiceClient> sts, string roleArn, string sessionName, string? externalId, TimeProvider time)
    {
        (_sts, _time) = (sts, time);
        _request = new AssumeRoleRequest { RoleArn = roleArn, RoleSessionName = sessionName, ExternalId = externalId };
        _renewal = new SharedCall<Credentials>(RenewAsync);
    }

    // The signer asks so, after the pipeline has asked asynchronously.
    public override ImmutableCredentials GetCredentials() => (_current ?? throw new InvalidOperationException("nobody has asked asynchronously yet")).GetCredentials();

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
        // Who asks just after a renewal has ended would else begin another.
        if (LastsFor(RenewBefore) is { } current)
        {
            return current;
        }

        using var client = _sts();
        return _current = (await client.AssumeRoleAsync(_request)).Credentials;
    }
}
