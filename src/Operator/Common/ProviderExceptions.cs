namespace Operator.Common;

/// <summary>
/// The outside refused, lacks something or is away: expected, and retried calmly. <see cref="Reason"/> is one word for a condition, and the message tells
/// a person what to do.
/// </summary>
internal class ProviderException(string reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>How long to wait where nobody says: long enough to be calm, short enough that a repair is noticed.</summary>
    public static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(30);

    /// <summary>One word in UpperCamelCase, used as the reason of a condition.</summary>
    public string Reason { get; } = reason;

    /// <summary>When to try again, where that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>What the spec names does not exist; somebody has to make it, or to change the spec.</summary>
internal abstract class ResourceNotFoundException(string reason, string message, Exception? innerException = null)
    : ProviderException(reason, message, innerException);

/// <summary>No image fits the spec.</summary>
internal sealed class ImageNotFoundException(string message, Exception? innerException = null)
    : ResourceNotFoundException("ImageNotFound", message, innerException);

/// <summary>No subnet fits the spec.</summary>
internal sealed class SubnetNotFoundException(string message, Exception? innerException = null)
    : ResourceNotFoundException("SubnetNotFound", message, innerException);

/// <summary>No security group fits the spec, or they are of several VPCs.</summary>
internal sealed class SecurityGroupNotFoundException(string message, Exception? innerException = null)
    : ResourceNotFoundException("SecurityGroupNotFound", message, innerException);
