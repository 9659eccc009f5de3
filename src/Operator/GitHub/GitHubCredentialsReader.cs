using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Operator.GitHub;

/// <summary>Parses <see cref="GitHubCredentials"/> from a Secret and explains what is wrong with an unusable one.</summary>
internal static partial class GitHubCredentialsReader
{
    private const string TokenKey = "github_token";
    private const string AppIdKey = "github_app_id";
    private const string InstallationKey = "github_app_installation_id";
    private const string PrivateKeyKey = "github_app_private_key";
    private static readonly string[] AppKeys = [AppIdKey, InstallationKey, PrivateKeyKey];

    public static bool TryRead(
        IReadOnlyDictionary<string, byte[]> data,
        [NotNullWhen(true)] out GitHubCredentials? credentials,
        [NotNullWhen(false)] out string? problem)
    {
        var hasApp = AppKeys.Any(data.ContainsKey);
        credentials = null;
        problem = (data.ContainsKey(TokenKey), hasApp) switch
        {
            (true, true) => $"the secret contains {TokenKey} and keys of a GitHub App: keep one kind and remove the other",
            (false, false) => $"the secret contains no credentials: add {TokenKey}, or {string.Join(", ", AppKeys)}",
            _ => hasApp ? ReadApp(data, out credentials) : ReadToken(data, out credentials),
        };
        return credentials is not null;
    }

    private static string? ReadToken(IReadOnlyDictionary<string, byte[]> data, out GitHubCredentials? credentials)
    {
        var token = Text(data, TokenKey);
        var problem = token.Length == 0 ? $"{TokenKey} is empty: put the personal access token there"
            : token.Any(c => c is <= ' ' or > '~') ? $"{TokenKey} contains characters that are not valid in a token: copy only the token"
            : null;
        credentials = problem is null ? new GitHubCredentials.Token(token) : null;
        return problem;
    }

    private static string? ReadApp(IReadOnlyDictionary<string, byte[]> data, out GitHubCredentials? credentials)
    {
        var (appId, installation) = (Text(data, AppIdKey), Text(data, InstallationKey));
        var key = Text(data, PrivateKeyKey).Replace("\\n", "\n", StringComparison.Ordinal);
        var missing = AppKeys.Where(name => Text(data, name).Length == 0).ToList();
        var problem = missing.Count > 0 ? $"the secret lacks {string.Join(" and ", missing)}: a GitHub App needs all of {string.Join(", ", AppKeys)}"
            : !AppIdPattern().IsMatch(appId) ? $"{AppIdKey} must be the App's number or its client id (Iv...): both are on the App's settings page"
            : ReadNumber(installation) is null ? $"{InstallationKey} must be a number: the last part of the URL of the installation's settings page (.../installations/123)"
            : ProblemOfKey(key);
        credentials = problem is null ? new GitHubCredentials.App(appId, ReadNumber(installation)!.Value, key) : null;
        return problem;
    }

    private static long? ReadNumber(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private static string? ProblemOfKey(string pem)
    {
        const string remedy = "paste the .pem file unchanged, as GitHub provided it (-----BEGIN RSA PRIVATE KEY-----)";
        if (!pem.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            return Base64.IsValid(pem) && pem.StartsWith("LS0t", StringComparison.Ordinal)
                ? $"{PrivateKeyKey} is encoded twice: put it into stringData unencoded, or into data encoded once"
                : $"{PrivateKeyKey} is not PEM: {remedy}";
        }

        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return $"{PrivateKeyKey} is not a private key: {remedy}";
        }

        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            return $"{PrivateKeyKey} is protected by a passphrase: {remedy}";
        }

        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return $"{PrivateKeyKey} is not a complete RSA key: {remedy}";
        }
    }

    private static string Text(IReadOnlyDictionary<string, byte[]> data, string key) =>
        data.TryGetValue(key, out var bytes) ? Encoding.UTF8.GetString(bytes).Trim() : "";

    [GeneratedRegex("^(?:[0-9]{1,19}|Iv[0-9A-Za-z.]{1,60})$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AppIdPattern();
}
