using System.Text.Json.Serialization;

namespace Operator.Commands.Doctor;

/// <summary>How a check came out.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
internal enum Outcome
{
    /// <summary>All is well.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>It works, or cannot be told; somebody should look at it.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>It does not work before somebody changes something.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>How a check came out for one subject, and what to do about it.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Text">What was found; what is wrong and what to do. One line.</param>
internal sealed record CheckResult(Outcome Outcome, string Text)
{
    public static CheckResult Ok(string text) => new(Outcome.Ok, text);

    public static CheckResult Warning(string text) => new(Outcome.Warning, text);

    public static CheckResult Failed(string text) => new(Outcome.Failed, text);
}

/// <summary>A verdict, and on what.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Area"><c>kubernetes</c>, <c>aws</c>, <c>github</c> or <c>pool</c>.</param>
/// <param name="Check">What was looked at, such as <c>subnets</c>.</param>
/// <param name="Subject">Of what: a cluster, an account, a pool.</param>
/// <param name="Text">What was found; what is wrong and what to do.</param>
internal sealed record Finding(Outcome Outcome, string Area, string Check, string Subject, string Text);
