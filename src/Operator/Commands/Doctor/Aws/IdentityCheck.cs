using Operator.Aws.Clients;

namespace Operator.Commands.Doctor.Aws;

/// <summary>There are credentials, and AWS accepts them.</summary>
internal sealed class IdentityCheck(IAwsIdentities identities) : AccountCheck("identity")
{
    public override bool IsFundamental => true;

    public override async Task<CheckResult> RunAsync(AccountSubject subject, CancellationToken cancellationToken)
    {
        try
        {
            return CheckResult.Ok(await identities.WhoAsync(subject.Account, cancellationToken));
        }
        catch (AwsException e) when (e.IsUnauthorized && e.Code != AwsErrors.CredentialsUnavailable)
        {
            return CheckResult.Failed($"AWS rejects the credentials: {e.Code}: {e.Message}; check the operator's role (IRSA or EKS Pod Identity), "
                + "its trust policy, and for another account that it may assume spec.launch.assumeRoleArn");
        }
    }
}
