namespace Operator.Providers;

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

/// <summary>AWS did not accept who we are, or what we may do.</summary>
internal sealed class UnauthorizedProviderException(string message, Exception? innerException = null)
    : ProviderException("Unauthorized", message, innerException);

/// <summary>AWS asked us to slow down; trying again later helps.</summary>
internal sealed class ThrottledProviderException(string message, Exception? innerException = null)
    : ProviderException("Throttled", message, innerException);

/// <summary>AWS could not be reached or is in trouble; trying again later helps.</summary>
internal sealed class UnavailableProviderException(string message, Exception? innerException = null)
    : ProviderException("Unavailable", message, innerException);

/// <summary>AWS refused what was asked, and will until the spec changes.</summary>
internal sealed class InvalidRequestProviderException(string message, Exception? innerException = null)
    : ProviderException("InvalidRequest", message, innerException);

/// <summary>No region is configured for the operator, and the spec names none.</summary>
internal sealed class RegionMissingException(string message, Exception? innerException = null)
    : ProviderException("RegionMissing", message, innerException);

/// <summary>No image fits the spec.</summary>
internal sealed class ImageNotFoundException(string message, Exception? innerException = null)
    : ProviderException("ImageNotFound", message, innerException);

/// <summary>No subnet fits the spec.</summary>
internal sealed class SubnetNotFoundException(string message, Exception? innerException = null)
    : ProviderException("SubnetNotFound", message, innerException);

/// <summary>No security group fits the spec, or they are of several VPCs.</summary>
internal sealed class SecurityGroupNotFoundException(string message, Exception? innerException = null)
    : ProviderException("SecurityGroupNotFound", message, innerException);
