using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Commands.Cost;

namespace Operator.Commands.Simulate;

/// <summary>What a trace does to each alternative.</summary>
/// <param name="Trace">The jobs.</param>
/// <param name="Results">One per alternative; the first is what the others are compared with.</param>
/// <param name="Suggestions">By alternative.</param>
/// <param name="Assumptions">What was assumed, for people.</param>
internal sealed record WhatIfReport(
    JobTrace Trace, IReadOnlyList<WhatIfResult> Results, IReadOnlyList<(string Name, IReadOnlyList<Suggestion> Found)> Suggestions, IReadOnlyList<string> Assumptions)
{
    /// <summary>The figures, one row each, by alternative.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Cells)> Rows =>
    [
        Row("Cost", result => Dollars(result.Outcome.TotalCost) + Change(result)),
        .. Parts.Select(part => Row($"  {NameOf(part)}", result => Dollars(result.Outcome.Cost.GetValueOrDefault(part)))),
        Row("Wait, median", result => Wait(result.Outcome, 50)),
        Row("Wait, 95 % of jobs within", result => Wait(result.Outcome, 95)),
        Row("Wait, longest", result => Wait(result.Outcome, 100)),
        Row("Jobs", result => Number(result.Outcome.Jobs)),
        .. Tiers.Select(tier => Row($"  on {(tier == "idle" ? "idle machines" : tier == "cold" ? "machines launched for them" : $"{tier} machines")}", result => Number(result.Outcome.Tiers.GetValueOrDefault(tier)))),
        Row("  without a runner within a day", result => Number(result.Outcome.Unserved)),
        Row("  cut by maxRuntime", result => Number(result.Outcome.JobsCut)),
        Row("  with labels that no pool has", result => Number(result.Unmatched)),
        Row("Machines", result => Number(result.Outcome.Machines)),
        Row("  most at a time", result => Number(result.Outcome.Peak)),
        Row("Machine-hours", result => Hours(result.Outcome.MachineHours)),
        Row("  idle", result => Hours(result.Outcome.IdleHours)),
        Row("Spot machines lost", result => Number(result.Outcome.SpotLosses)),
        Row("  with a job", result => Number(result.Outcome.JobsLost)),
        Row("  whose job ran again", result => Number(result.Outcome.Reruns)),
    ];

    // The order in which jobs find them; shown only where some machines were on standby.
    private IReadOnlyList<string> Tiers => Results.Any(result => result.Outcome.Tiers.Keys.Any(tier => tier is "hibernated" or "stopped")) ? ["idle", "hibernated", "stopped", "cold"] : [];

    /// <summary>The parts that the cost consists of, if there are several.</summary>
    public IReadOnlyList<string> Parts => Results.SelectMany(result => result.Outcome.Cost.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList() is { Count: > 1 } parts ? parts : [];

    /// <summary>For people.</summary>
    public string Title => string.Create(
        CultureInfo.InvariantCulture,
        $"{Trace.Jobs.Count} jobs from {Trace.From.UtcDateTime:yyyy-MM-dd HH:mm} to {Trace.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC");

    /// <summary>A table for a terminal.</summary>
    public string ToText()
    {
        IReadOnlyList<string>[] lines = [["", .. Results.Select(result => result.Name)], .. Rows.Select(row => (string[])[row.Name, .. row.Cells])];
        var text = new StringBuilder(Title).Append("\n\n").Append(TextTable.Write(lines, leftColumns: 1, "  "));
        foreach (var (name, found) in Suggestions)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nSuggestions for {name}{(found.Count == 0 ? ": none of the changes that were tried is worth it\n" : "\n")}");
            foreach (var suggestion in found)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{Describe(name, suggestion)}\n");
                text.AppendJoin("", suggestion.Patch.TrimEnd().Split('\n').Select(line => $"    {line}\n"));
            }
        }

        text.AppendJoin("", Results.SelectMany(result => result.Notes).Concat(Assumptions).Distinct(StringComparer.Ordinal).Select((note, index) => $"{(index == 0 ? "\n" : "")}* {note}\n"));
        return text.ToString();
    }

    /// <summary>For programs; times in seconds, money in US dollars.</summary>
    public string ToJson() => ReadableJson.Write(new JsonObject
    {
        ["trace"] = new JsonObject { ["from"] = TimeText.Format(Trace.From), ["until"] = TimeText.Format(Trace.Until), ["jobs"] = Trace.Jobs.Count },
        ["assumptions"] = new JsonArray([.. Assumptions.Select(text => (JsonNode)text)]),
        ["results"] = new JsonArray([.. Results.Select(ToJson)]),
        ["suggestions"] = new JsonArray([.. Suggestions.SelectMany(one => one.Found.Select(suggestion => (JsonNode)new JsonObject
        {
            ["for"] = one.Name,
            ["change"] = suggestion.Change,
            ["patch"] = suggestion.Patch,
            ["caution"] = suggestion.Caution,
            ["result"] = ToJson(suggestion.Result),
        }))]),
    });

    /// <summary>What a suggestion brings, in a sentence.</summary>
    public string Describe(string name, Suggestion suggestion)
    {
        var (before, after) = (Results.First(result => result.Name == name).Outcome, suggestion.Result.Outcome);
        var saved = before.TotalCost - after.TotalCost;
        var money = $"{(saved >= 0 ? "saves" : "costs")} {Dollars(Math.Abs(saved))}{(before.TotalCost > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({Math.Abs(saved) / before.TotalCost:P0})") : "")}";
        return $"{suggestion.Change}: {money}; 95 % of jobs wait at most {Wait(after, 95)} instead of {Wait(before, 95)}{(suggestion.Caution is null ? "" : $"; {suggestion.Caution}")}";
    }

    /// <summary>A part of the cost, for people.</summary>
    public static string NameOf(string part) => part == "github" ? "GitHub's fee" : part;

    /// <summary>A duration with a precision that suits its length.</summary>
    public static string Duration(TimeSpan time) => time < TimeSpan.FromMinutes(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#}s") : DurationText.Format(TimeSpan.FromSeconds(Math.Round(time.TotalSeconds)));

    private static JsonObject ToJson(WhatIfResult result) => new()
    {
        ["name"] = result.Name,
        ["cost"] = Math.Round(result.Outcome.TotalCost, 4),
        ["costByPart"] = new JsonObject(result.Outcome.Cost.Select(part => KeyValuePair.Create(part.Key, (JsonNode?)Math.Round(part.Value, 4)))),
        ["waitSeconds"] = new JsonObject
        {
            ["p50"] = Math.Round(result.Outcome.WaitAt(50).TotalSeconds, 1),
            ["p95"] = Math.Round(result.Outcome.WaitAt(95).TotalSeconds, 1),
            ["max"] = Math.Round(result.Outcome.WaitAt(100).TotalSeconds, 1),
            ["mean"] = Math.Round(result.Outcome.Waits.Count == 0 ? 0 : result.Outcome.Waits.Average(), 1),
        },
        ["jobs"] = new JsonObject
        {
            ["total"] = result.Outcome.Jobs,
            ["byTier"] = new JsonObject(result.Outcome.Tiers.Select(tier => KeyValuePair.Create(tier.Key, (JsonNode?)tier.Value))),
            ["unserved"] = result.Outcome.Unserved,
            ["cut"] = result.Outcome.JobsCut,
            ["unmatched"] = result.Unmatched,
            ["lost"] = result.Outcome.JobsLost,
            ["rerun"] = result.Outcome.Reruns,
        },
        ["machines"] = new JsonObject { ["total"] = result.Outcome.Machines, ["peak"] = result.Outcome.Peak, ["spotLosses"] = result.Outcome.SpotLosses },
        ["machineHours"] = new JsonObject
        {
            ["total"] = Math.Round(result.Outcome.MachineHours, 2),
            ["busy"] = Math.Round(result.Outcome.Timeline.Sum(step => step.Busy), 2),
            ["idle"] = Math.Round(result.Outcome.IdleHours, 2),
            ["booting"] = Math.Round(result.Outcome.Timeline.Sum(step => step.Booting), 2),
        },
        ["notes"] = new JsonArray([.. result.Notes.Select(note => (JsonNode)note)]),
    };

    private (string Name, IReadOnlyList<string> Cells) Row(string name, Func<WhatIfResult, string> show) => (name, [.. Results.Select(show)]);

    private string Change(WhatIfResult result) => ReferenceEquals(result, Results[0]) || Results[0].Outcome.TotalCost == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $" ({(result.Outcome.TotalCost - Results[0].Outcome.TotalCost) / Results[0].Outcome.TotalCost:+0 %;-0 %;+0 %})");

    private static string Dollars(decimal amount) => $"${CostReport.Money(amount)}";

    private static string Wait(PoolOutcome outcome, int percent) => Duration(outcome.WaitAt(percent));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Hours(double hours) => hours.ToString("0.0", CultureInfo.InvariantCulture);
}
