using System.Text.Json.Serialization;

namespace Operator.Commands.Doctor;

/// <summary>The outcome of a check.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
internal enum Outcome
{
    /// <summary>Everything is fine.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>It works, or its state is unknown; someone should look at it.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>It does not work until someone changes something.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>The result of a check for one subject.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Text">What was found; or what is wrong and what to do. One line.</param>
internal sealed record CheckResult(Outcome Outcome, string Text)
{
    public static CheckResult Ok(string text) => new(Outcome.Ok, text);

    public static CheckResult Warning(string text) => new(Outcome.Warning, text);

    public static CheckResult Failed(string text) => new(Outcome.Failed, text);
}

/// <summary>A result with its check and subject.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Area"><c>kubernetes</c>, <c>aws</c>, <c>github</c>, <c>gitlab</c> or <c>pool</c>.</param>
/// <param name="Check">The check, such as <c>subnets</c>.</param>
/// <param name="Subject">The subject: a cluster, an account, a pool.</param>
/// <param name="Text">What was found; or what is wrong and what to do.</param>
internal sealed record Finding(Outcome Outcome, string Area, string Check, string Subject, string Text);
