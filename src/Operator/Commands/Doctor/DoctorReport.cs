using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Commands.Doctor;

/// <summary>All findings.</summary>
/// <param name="Findings">In order.</param>
/// <param name="CouldNotRun">Whether the cluster was unreachable, so that most checks were skipped.</param>
internal sealed record DoctorReport(IReadOnlyList<Finding> Findings, bool CouldNotRun = false)
{
    /// <summary>0: no failures. 1: failures. 2: the checks could not run.</summary>
    [JsonIgnore]
    public int ExitCode => CouldNotRun ? 2 : Findings.Any(finding => finding.Outcome == Outcome.Failed) ? 1 : 0;

    /// <summary>One line per check, and totals.</summary>
    public string ToText()
    {
        var heads = Findings.Select(finding => $"{finding.Area}/{finding.Check}").ToList();
        var (width, reach) = (heads.Append("").Max(head => head.Length), Findings.Select(finding => finding.Subject.Length).Append(0).Max());
        var text = new StringBuilder();
        foreach (var (finding, head) in Findings.Zip(heads))
        {
            text.AppendLine($"{LabelOf(finding.Outcome),-8} {head.PadRight(width)}  {finding.Subject.PadRight(reach)}  {finding.Text}");
        }

        int Count(Outcome outcome) => Findings.Count(finding => finding.Outcome == outcome);
        return text.AppendLine($"{Count(Outcome.Ok)} ok, {Count(Outcome.Warning)} warnings, {Count(Outcome.Failed)} failed").ToString();
    }

    /// <summary>The same as JSON. Apostrophes are not escaped: this is not for web pages.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, new DoctorJsonContext(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }).DoctorReport) + Environment.NewLine;

    private static string LabelOf(Outcome outcome) => outcome switch
    {
        Outcome.Ok => "ok",
        Outcome.Warning => "warning",
        _ => "failed",
    };
}

[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJsonContext : JsonSerializerContext;
