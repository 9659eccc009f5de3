using System.Globalization;
using Operator.Entities.RunnerPools;

namespace Operator.Commands.Simulate;

/// <summary>Parses what a simulation is to assume, and says it again in the report.</summary>
internal static class SimulationArguments
{
    /// <summary>A boot time, <c>60s</c> or <c>m7a.*=45s</c>; null for anything else.</summary>
    public static (string Pattern, TimeSpan Value)? ParseBootTime(string text) =>
        Split(text) is var (pattern, value) && DurationText.TryParse(value, out var time) && time <= TimeSpan.FromHours(1) ? (pattern, time) : null;

    /// <summary>A start time, <c>stopped=30s</c> or <c>hibernated=25s</c>; null for anything else.</summary>
    public static (StandbyTier Tier, TimeSpan Value)? ParseStartTime(string text) =>
        text.Split('=', 2) is [var name, var value] && Enum.TryParse<StandbyTier>(name, ignoreCase: true, out var tier) && Enum.IsDefined(tier) && !int.TryParse(name, out _)
            && DurationText.TryParse(value, out var time) && time <= TimeSpan.FromHours(1) ? (tier, time) : null;

    /// <summary>A loss rate in percent an hour, <c>0.5</c> or <c>c7a.*=2</c>; null for anything else.</summary>
    public static (string Pattern, double Value)? ParseSpotLoss(string text) =>
        Split(text) is var (pattern, value) && double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? (pattern, percent / 100) : null;

    /// <summary>The options of valid arguments; a pattern goes before a value for all types.</summary>
    public static SimulationOptions OptionsOf(
        IReadOnlyList<string> bootTimes, IReadOnlyList<string> startTimes, IReadOnlyList<string> spotLosses, decimal spotShare, int seed)
    {
        var usual = new SimulationOptions();
        var starts = startTimes.Select(text => ParseStartTime(text)!.Value).GroupBy(start => start.Tier).ToDictionary(start => start.Key, start => start.Last().Value);
        return usual with
        {
            BootTimes = [.. bootTimes.Select(text => ParseBootTime(text)!.Value).OrderBy(one => one.Pattern == "*")],
            StoppedStart = starts.GetValueOrDefault(StandbyTier.Stopped, usual.StoppedStart),
            HibernatedStart = starts.GetValueOrDefault(StandbyTier.Hibernated, usual.HibernatedStart),
            SpotLosses = [.. spotLosses.Select(text => ParseSpotLoss(text)!.Value).OrderBy(one => one.Pattern == "*")],
            SpotShare = spotShare,
            Seed = seed,
        };
    }

    /// <summary>The assumptions, for people.</summary>
    public static IReadOnlyList<string> Describe(SimulationOptions options)
    {
        var boots = options.BootTimes.Select(one => $"{WhatIfReport.Duration(one.Value)}{ForTypes(one.Pattern)}").ToList();
        var losses = options.SpotLosses.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Value * 100:0.##} %{ForTypes(one.Pattern)}")).ToList();
        return
        [
            $"boot time: {(boots.Count > 0 ? string.Join(", ", boots) : $"what the pool has learned, or {WhatIfReport.Duration(SimulationOptions.UsualBoot)}")}",
            $"spot machines that EC2 takes back in an hour: {(losses.Count > 0 ? string.Join(", ", losses) : string.Create(CultureInfo.InvariantCulture, $"{SimulationOptions.UsualSpotLoss * 100:0.##} %"))}",
            string.Create(CultureInfo.InvariantCulture, $"prices: the class's status, else the bundled list of us-east-1 with spot at {options.SpotShare * 100:0.##} % of it; EC2 has every machine that is asked for"),
        ];
    }

    private static string ForTypes(string pattern) => pattern == "*" ? "" : $" for {pattern}";

    private static (string Pattern, string Value) Split(string text) => text.Split('=', 2) is [var pattern, var value] ? (pattern, value) : ("*", text);
}
