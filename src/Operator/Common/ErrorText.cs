using System.Text.RegularExpressions;

namespace Operator.Common;

/// <summary>
/// A service's error message without the parts that differ from call to call: request ids, times, signatures, session names, delays. A
/// condition with such a message would change on every attempt, and its write would trigger the next one. Pure.
/// </summary>
internal static partial class ErrorText
{
    /// <summary>Maximum length; the useful part of a message comes first.</summary>
    public const int MaxLength = 512;

    private const int MaxInput = 16_384;
    private const int MatchTimeout = 1000;
    private const RegexOptions Options = RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase;
    private const string Cut = "…";

    /// <summary>The part of an error message that a repeated attempt would return again.</summary>
    /// <param name="text">The service's message.</param>
    public static string Stable(string text)
    {
        var stable = WithoutSecrets(text);
        stable = EncodedMessage.Replace(stable, "");
        stable = RequestId.Replace(stable, "${name} " + Cut);
        stable = RetryAfter.Replace(stable, "${before}" + Cut);
        stable = Wait.Replace(stable, "${before}" + Cut);
        stable = Timestamp.Replace(stable, Cut);
        stable = Session.Replace(stable, "${before}" + Cut);
        stable = Opaque.Replace(stable, Cut);
        stable = LocalPort.Replace(stable, "${address}->");
        stable = ResourceVersion.Replace(stable, "${before}" + Cut);
        stable = Blanks.Replace(stable, " ").Trim();
        return Shorten(stable, MaxLength);
    }

    /// <summary>
    /// The complete message for a log, without secrets: AWS echoes the request with its session token when a signature is wrong.
    /// </summary>
    /// <param name="text">The service's message.</param>
    public static string WithoutSecrets(string text) =>
        Credential.Replace(CanonicalRequest.Replace(text.Length <= MaxInput ? text : text[..MaxInput], ""), "${name}" + Cut);

    /// <summary>Truncates a text without splitting a character.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">Maximum number of UTF-16 units.</param>
    public static string Shorten(string text, int maxLength)
    {
        if (text.Length <= maxLength)
        {
            return text;
        }

        var end = maxLength - Cut.Length;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + Cut;
    }

    [GeneratedRegex(@"The Canonical String for this request should have been.*", Options | RegexOptions.Singleline, MatchTimeout)]
    private static partial Regex CanonicalRequest { get; }

    [GeneratedRegex(@"(?<name>\b(x-amz-[a-z-]+|signature|security-?token|access_token|token|credential)=)[^&\s""',;]+", Options, MatchTimeout)]
    private static partial Regex Credential { get; }

    [GeneratedRegex(@"\s*Encoded authorization failure message:\s*\S*", Options, MatchTimeout)]
    private static partial Regex EncodedMessage { get; }

    [GeneratedRegex(
        @"(?<name>\b(request|activity|correlation|trace|host|extended request)[ -]?id)s?[""']?\s*[:=]?\s*[""']?(?=[^\s]*[0-9])[a-z0-9+/=:_-]+(\.[a-z0-9+/=:_-]+)*[""']?",
        Options, MatchTimeout)]
    private static partial Regex RequestId { get; }

    [GeneratedRegex(@"(?<before>\bretry[- ]after[""']?\s*[:=]?\s*[""']?)[0-9]+(\.[0-9]+)?(\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)\b)?", Options, MatchTimeout)]
    private static partial Regex RetryAfter { get; }

    // "try again in 1 minute and 5 seconds", "resets in 1m30s"; but not "at most 5 minutes", which is constant.
    [GeneratedRegex(
        @"(?<before>\b(retry|retrying|try|wait|waiting|resets?|resumes?|expires?|expired|again|available)\b[^.;\n0-9…]{0,40})"
            + @"([0-9]+(\.[0-9]+)?\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)(?![a-z])([\s,]*(and\s+)?(?=[0-9]))?)+",
        Options, MatchTimeout)]
    private static partial Regex Wait { get; }

    // ISO 8601 in both forms, HTTP dates, .NET dates, times of day, days in credential scopes, Unix seconds and milliseconds.
    [GeneratedRegex(
        @"\b[0-9]{4}-[0-9]{2}-[0-9]{2}[t ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?(z|utc|gmt)\b| ?[+-][0-9]{2}:?[0-9]{2}\b)?"
            + @"|\b[0-9]{8}t[0-9]{6}z\b"
            + @"|\b((mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?[0-9]{1,2} (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* [0-9]{4},? [0-9]{2}:[0-9]{2}:[0-9]{2}( ?(gmt|utc|z)\b| ?[+-][0-9]{4}\b)?"
            + @"|\b[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}:[0-9]{2}( ?[ap]m\b)?"
            + @"|\b[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?\b(?!:)"
            + @"|\b[0-9]{8}(?=/[a-z0-9-]+/[a-z0-9-]+/aws4_request)"
            + @"|(?<![\w.-])1[6-9][0-9]{8}([0-9]{3})?(\.[0-9]+)?\b",
        Options, MatchTimeout)]
    private static partial Regex Timestamp { get; }

    [GeneratedRegex(@"(?<before>:(assumed-role/[^/\s]+|federated-user)/|\bA[A-Z]{2}A[A-Z0-9]{12,}:)[\w+=,.@-]*[\w+=@-]|(?<before>\bASIA)[A-Z0-9]{8,}\b", Options, MatchTimeout)]
    private static partial Regex Session { get; }

    // GUIDs (except those that name a resource in an ARN), ids of requests and fleets, digests, and long encoded text.
    [GeneratedRegex(
        @"(?<![/:\w])(fleet-|sfr-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
            + @"|\bsir-[0-9a-z]{8,}\b|\br-[0-9a-f]{8,17}\b|(?<![/\w])[0-9a-f]{32,}\b|(?<![\w/+=])[a-z0-9+/=_-]{100,}",
        Options, MatchTimeout)]
    private static partial Regex Opaque { get; }

    [GeneratedRegex(@"(?<address>\b[0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9a-f:.]+\]):[0-9]+->", Options, MatchTimeout)]
    private static partial Regex LocalPort { get; }

    [GeneratedRegex(@"(?<before>\bresource ?version\b[^0-9\n]{0,30})[0-9]+(\s*\([0-9]+\))?", Options, MatchTimeout)]
    private static partial Regex ResourceVersion { get; }

    [GeneratedRegex(@"\s+", Options, MatchTimeout)]
    private static partial Regex Blanks { get; }
}
