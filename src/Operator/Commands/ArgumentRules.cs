using System.CommandLine;
using System.Net;
using System.Text.RegularExpressions;

namespace Operator.Commands;

/// <summary>
/// Validates option values. An invalid value is named in one line, whether it comes from the command line or the environment.
/// </summary>
internal static partial class ArgumentRules
{
    private const int MatchTimeout = 1000;

    /// <summary>Requires a valid value, whether given or from the environment.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isValid">Validates a value.</param>
    /// <param name="what">Describes a valid value, to follow "is not".</param>
    public static Option<T> MustBe<T>(this Option<T> option, Func<string, bool> isValid, string what)
    {
        option.Validators.Add(result =>
        {
            var fromEnvironment = result.Tokens.Count == 0 && result.Implicit ? result.GetValueOrDefault<T>() as string : null;
            var values = fromEnvironment is null ? result.Tokens.Select(token => token.Value) : [fromEnvironment];
            if (values.FirstOrDefault(value => !isValid(value)) is { } wrong)
            {
                result.AddError($"{option.Name} '{wrong}' is not {what}");
            }
        });
        return option;
    }

    /// <summary>Like <see cref="MustBe"/>, for each of several comma-separated values.</summary>
    public static Option<T> MustBeListOf<T>(this Option<T> option, Func<string, bool> isValid, string what) => option.MustBe(
        value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(isValid), what);

    public static bool IsNamespace(string text) => Label().IsMatch(text);

    public static bool IsObjectName(string text) => text.Length <= 253 && text.Split('.').All(part => Label().IsMatch(part));

    public static bool IsNamespacedName(string text) => text.Split('/') is [var space, var name] && IsNamespace(space) && IsObjectName(name);

    public static bool IsClusterId(string text) => ClusterId().IsMatch(text);

    public static bool IsHost(string text) =>
        Host().Match(text) is { Success: true } match && (match.Groups["port"].Value is not { Length: > 0 } port || IsPort(port));

    public static bool IsRegion(string text) => Region().IsMatch(text);

    public static bool IsRoleName(string text) => RoleName().IsMatch(text);

    public static bool IsRoleArn(string text) => RoleArn().IsMatch(text);

    /// <summary>Whether a text is a listen address: <c>http://127.0.0.1:8080</c>, <c>0.0.0.0:8080</c> or <c>:8080</c>.</summary>
    public static bool IsListenAddress(string text) => ListenUrl(text) is not null;

    /// <summary>The address in the web server's format; null if it is invalid.</summary>
    public static string? ListenUrl(string text)
    {
        var match = Listen().Match(text);
        var host = match.Groups["host"].Value;
        return !match.Success || !IsPort(match.Groups["port"].Value) || (host is not ("" or "*" or "+" or "localhost") && !IPAddress.TryParse(host, out _))
            ? null : $"http://{(host.Length == 0 ? "*" : host)}:{match.Groups["port"].Value}";
    }

    /// <summary>Whether only this machine reaches a listen address.</summary>
    public static bool IsLoopback(string address) => ListenUrl(address) is { } url && Uri.TryCreate(url, UriKind.Absolute, out var at) && at.IsLoopback;

    public static bool IsCount(string text) => int.TryParse(text, out var count) && count >= 0;

    public static bool IsPort(string text) => int.TryParse(text, out var port) && port is >= 0 and <= ushort.MaxValue;

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z", RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Label();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z", RegexOptions.None, MatchTimeout)]
    private static partial Regex ClusterId();

    [GeneratedRegex(@"^(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:(?<port>[0-9]{1,5}))?\z", RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Host();

    [GeneratedRegex("^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}\\z", RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Region();

    [GeneratedRegex(@"^[\w+=,.@-]{1,64}\z", RegexOptions.ECMAScript, MatchTimeout)]
    private static partial Regex RoleName();

    [GeneratedRegex(@"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512}\z", RegexOptions.ECMAScript, MatchTimeout)]
    private static partial Regex RoleArn();

    [GeneratedRegex(@"^(http://)?(?<host>\*|\+|[A-Za-z0-9.]*|\[[0-9A-Fa-f:.]+\]):(?<port>[0-9]{1,5})/?\z", RegexOptions.ExplicitCapture, MatchTimeout)]
    private static partial Regex Listen();
}
