using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace Operator.Aws.Clients;

/// <summary>
/// Credentials from the environment, looked up on each use: clients can be created before the credentials exist, and rotated role
/// credentials are picked up.
/// </summary>
internal sealed class AmbientCredentials : AWSCredentials
{
    public override ImmutableCredentials GetCredentials() => DefaultAWSCredentialsIdentityResolver.GetCredentials().GetCredentials();

    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        var credentials = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync();
        return await credentials.GetCredentialsAsync();
    }
}
