using Operator.Aws.Clients;

namespace Operator.Commands.Doctor.Aws;

/// <summary>Every call of the operator in an account is allowed. EC2's are dry runs, and the others change nothing.</summary>
internal sealed class PermissionsCheck(DryRuns dryRuns) : AccountCheck("permissions")
{
    public override async Task<CheckResult> RunAsync(AccountSubject subject, CancellationToken cancellationToken)
    {
        var calls = await dryRuns.PrepareAsync(subject.Account, cancellationToken);
        var missing = new List<string>();
        foreach (var call in calls)
        {
            if (!await IsAllowedAsync(call.TryAsync))
            {
                missing.Add(call.Permission);
            }
        }

        return missing.Count == 0
            ? CheckResult.Ok($"allowed: {string.Join(", ", calls.Select(call => call.Permission))}{dryRuns.NoteOn(calls)}")
            : CheckResult.Failed($"AWS refuses {string.Join(", ", missing)}; allow it in the operator's policy, which operator iam prints");
    }

    // Any other error from EC2 or SSM means that the permission check was passed.
    private static async Task<bool> IsAllowedAsync(Func<Task> tryAsync)
    {
        try
        {
            await tryAsync();
            return true;
        }
        catch (AwsException e) when (e is { IsThrottled: false, IsOutcomeUnknown: false })
        {
            return !e.IsUnauthorized;
        }
    }
}
