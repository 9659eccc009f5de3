namespace Operator.Common;

/// <summary>
/// An expected failure of an external service, retried with back-off. <see cref="Reason"/> is a condition reason, and the message says what
/// to do.
/// </summary>
internal class ProviderException(string reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Default delay: long enough not to hammer the service, short enough to pick up a fix.</summary>
    public static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(30);

    /// <summary>A condition reason in UpperCamelCase.</summary>
    public string Reason { get; } = reason;

    /// <summary>When to retry, if known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Something named in the spec does not exist; someone must create it or change the spec.</summary>
internal abstract class ResourceNotFoundException(string reason, string message, Exception? innerException = null)
    : ProviderException(reason, message, innerException);

/// <summary>No image fits the spec, or the one that it means is made for another architecture.</summary>
internal sealed class ImageNotFoundException(string message, Exception? innerException = null, string reason = "ImageNotFound")
    : ResourceNotFoundException(reason, message, innerException);

/// <summary>No subnet matches the spec.</summary>
internal sealed class SubnetNotFoundException(string message, Exception? innerException = null)
    : ResourceNotFoundException("SubnetNotFound", message, innerException);

/// <summary>No security group matches the spec, or they are in several VPCs.</summary>
internal sealed class SecurityGroupNotFoundException(string message, Exception? innerException = null)
    : ResourceNotFoundException("SecurityGroupNotFound", message, innerException);
