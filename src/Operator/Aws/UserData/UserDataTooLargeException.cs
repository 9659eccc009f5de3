using Operator.Entities.Conditions;

namespace Operator.Aws.UserData;

/// <summary>A pool's scripts do not fit into EC2's user data.</summary>
/// <param name="bytes">The size of the user data in bytes, compressed and before base64.</param>
internal sealed class UserDataTooLargeException(int bytes) : ProviderException(
    RunnerPoolReasons.UserDataTooLarge,
    $"The machines' user data would be {bytes} bytes compressed, but EC2 allows only {HostScript.MaxBytes}. " +
    "Host the pre-runner script where machines can download it and set spec.runner.preRunnerScriptFrom.url, or shorten the hooks.")
{
    /// <summary>The size of the user data in bytes, compressed and before base64.</summary>
    public int Bytes { get; } = bytes;
}
