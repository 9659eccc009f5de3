namespace Operator.Simulator.Aws.Wire;

/// <summary>A region of an account. All share one address; the request's signature shows which is meant.</summary>
/// <param name="Account">Twelve digits; null for the account of callers that sign with their own keys.</param>
/// <param name="Region">Name of the region.</param>
internal sealed record AwsScope(string? Account, string Region)
{
    private const string RolePrefix = "ASIA";
    private const int AccountLength = 12;

    /// <summary>The key of a session of a role: its account can be read off.</summary>
    public static string KeyOf(string account, string suffix) => $"{RolePrefix}{account}{suffix}";

    /// <summary>Where a request belongs; null where it is not signed.</summary>
    public static AwsScope? Parse(AwsRequest request)
    {
        const string Start = "Credential=";
        var header = request.Headers.Authorization.ToString();
        var from = header.IndexOf(Start, StringComparison.Ordinal);
        if (from < 0 || header[(from + Start.Length)..].Split('/') is not [var key, _, var region, ..])
        {
            return null;
        }

        var isRole = key.StartsWith(RolePrefix, StringComparison.Ordinal) && key.Length >= RolePrefix.Length + AccountLength;
        var account = isRole ? key.Substring(RolePrefix.Length, AccountLength) : "";
        return new(account.Length > 0 && account.All(char.IsAsciiDigit) ? account : null, region);
    }
}
