using Operator.Entities.Conditions;

namespace Operator.Aws.UserData;

/// <summary>A pool's scripts do not fit into EC2's user data.</summary>
/// <param name="bytes">What the user data would be, in bytes, compressed and before base64.</param>
internal sealed class UserDataTooLargeException(int bytes) : ProviderException(
    RunnerPoolReasons.UserDataTooLarge,
    $"The machines' user data would be {bytes} bytes compressed, and EC2 takes {HostScript.MaxBytes}. " +
    "Put the pre-runner script where machines can fetch it and name it in spec.runner.preRunnerScriptFrom.url, or shorten the hooks.")
{
    /// <summary>What the user data would be, in bytes, compressed and before base64.</summary>
    public int Bytes { get; } = bytes;
}
