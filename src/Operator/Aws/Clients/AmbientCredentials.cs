using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace Operator.Aws.Clients;

/// <summary>
/// The credentials that the environment offers, searched at each use: so a factory can be made before they are there, and a
/// role's credentials follow when they change.
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
