using System.Text;
using Operator.Forges;

namespace Operator.GitLab;

/// <summary>An access token of a GitLab: personal, of a group or of a project.</summary>
/// <param name="value">The token: used only in the Authorization header.</param>
internal sealed class GitLabCredentials(string value) : ForgeCredentials("gitlab", value)
{
    /// <summary>Its key in the Secret.</summary>
    public const string TokenKey = "gitlab_token";

    /// <summary>The token itself.</summary>
    public string Value { get; } = value;

    /// <summary>Reads a Secret's data.</summary>
    /// <param name="data">The data.</param>
    /// <param name="problem">What is wrong where the result is null.</param>
    public static GitLabCredentials? Read(IReadOnlyDictionary<string, byte[]> data, out string? problem)
    {
        var token = data.TryGetValue(TokenKey, out var bytes) ? Encoding.UTF8.GetString(bytes).Trim() : null;
        problem = token is null ? $"the secret contains no {TokenKey}: add an access token with the scopes create_runner, manage_runner and read_api"
            : token.Length == 0 ? $"{TokenKey} is empty: put the access token there"
            : token.Any(c => c is <= ' ' or > '~') ? $"{TokenKey} contains characters that are not valid in a token: copy only the token"
            : token.StartsWith("glrt-", StringComparison.Ordinal) ? $"{TokenKey} is a runner authentication token (glrt-…): runners are created by the operator, which needs an access token (glpat-…)"
            : null;
        return problem is null ? new(token!) : null;
    }

    public override string ToString() => "access token";
}
