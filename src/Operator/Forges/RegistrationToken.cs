using System.Globalization;

namespace Operator.Forges;

/// <summary>A token to connect to the Actions service, or to register runners.</summary>
/// <param name="Value">The secret.</param>
/// <param name="ExpiresAt">From when on it is good for nothing.</param>
internal sealed record RegistrationToken(string Value, DateTimeOffset ExpiresAt)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"registration token until {ExpiresAt:O}");
}
