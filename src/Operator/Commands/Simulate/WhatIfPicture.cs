using System.Globalization;
using System.Net;
using System.Text;
using Operator.Commands.Cost;

namespace Operator.Commands.Simulate;

/// <summary>Draws a report as SVG. Colors are attributes, so that it needs neither a style sheet nor a script.</summary>
internal static class WhatIfPicture
{
    private const int Width = 920;
    private const int Left = 70;
    private const int Right = 20;
    private const int PlotWidth = Width - Left - Right;

    private static readonly string[] Colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999"];

    private static readonly (string Name, string Color, Func<TimelineStep, double> Of)[] Layers =
    [
        ("busy", "#009e73", step => step.Busy),
        ("idle", "#56b4e9", step => step.Idle),
        ("booting", "#e69f00", step => step.Booting),
        ("stopping", "#999999", step => step.Leaving),
    ];

    /// <summary>The cost of each alternative, by part.</summary>
    public static string Costs(WhatIfReport report)
    {
        var most = Math.Max(0.01m, report.Results.Max(result => result.Outcome.TotalCost));
        var parts = report.Results.SelectMany(result => result.Outcome.Cost.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var svg = Begin(60 + (40 * report.Results.Count), "Cost of each alternative in US dollars");
        AddLegend(svg, 20, [.. parts.Select((part, index) => (WhatIfReport.NameOf(part), Colors[index % Colors.Length]))]);
        for (var row = 0; row < report.Results.Count; row++)
        {
            var (result, y, x) = (report.Results[row], 45 + (40 * row), 200m);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"190\" y=\"{y + 17}\" text-anchor=\"end\">{Text(ErrorText.Shorten(result.Name, 28))}</text>");
            for (var index = 0; index < parts.Count; index++)
            {
                var width = result.Outcome.Cost.GetValueOrDefault(parts[index]) / most * 600;
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{y}\" width=\"{width:0.#}\" height=\"24\" fill=\"{Colors[index % Colors.Length]}\"/>");
                x += width;
            }

            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 8:0.#}\" y=\"{y + 17}\">${CostReport.Money(result.Outcome.TotalCost)}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Which share of the jobs has begun after which time.</summary>
    public static string Waits(WhatIfReport report)
    {
        const int height = 300, top = 40, plot = 210;
        var longest = Math.Max(1, report.Results.Max(result => result.Outcome.WaitAt(99).TotalSeconds));
        var svg = Begin(height, "Share of jobs that have begun, by seconds since they were queued");
        AddLegend(svg, 20, [.. report.Results.Select((result, index) => (ErrorText.Shorten(result.Name, 28), Colors[index % Colors.Length]))]);
        AddFrame(svg, top, plot, [.. Enumerable.Range(0, 5).Select(step => string.Create(CultureInfo.InvariantCulture, $"{step * 25} %"))],
            [.. Enumerable.Range(0, 7).Select(step => WhatIfReport.Duration(TimeSpan.FromSeconds(Math.Round(longest * step / 6, longest < 60 ? 1 : 0))))]);
        for (var index = 0; index < report.Results.Count; index++)
        {
            var outcome = report.Results[index].Outcome;
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{Colors[index % Colors.Length]}\" stroke-width=\"2\" points=\"");
            foreach (var percent in outcome.Waits.Count == 0 ? [] : Enumerable.Range(0, 101))
            {
                var x = Left + (PlotWidth * Math.Min(1, outcome.WaitAt(percent).TotalSeconds / longest));
                svg.Append(CultureInfo.InvariantCulture, $"{x:0.#},{top + plot - (plot * percent / 100.0):0.#} ");
            }

            svg.Append("\"/>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Machines by state and jobs that wait, over the time.</summary>
    public static string Timeline(WhatIfResult result)
    {
        const int height = 300, top = 40, plot = 210;
        var steps = result.Outcome.Timeline;
        var most = Math.Max(1, steps.Select(step => Math.Max(Layers.Sum(layer => layer.Of(step)), step.Waiting) / step.Width.TotalHours).DefaultIfEmpty().Max());
        var svg = Begin(height, $"Machines by state, and jobs that wait, of {result.Name}");
        AddLegend(svg, 20, [.. Layers.Select(layer => (layer.Name, layer.Color)), ("jobs that wait", "#d55e00")]);
        AddFrame(svg, top, plot, [.. Enumerable.Range(0, 5).Select(step => (most * step / 4).ToString("0.#", CultureInfo.InvariantCulture))], TimesOf(steps));
        var below = new double[steps.Count];
        foreach (var layer in Layers)
        {
            var above = steps.Select((step, index) => below[index] + (layer.Of(step) / step.Width.TotalHours)).ToArray();
            svg.Append(CultureInfo.InvariantCulture, $"<polygon fill=\"{layer.Color}\" points=\"{Points(above, most, top, plot)}{Points(below, most, top, plot, backwards: true)}\"/>\n");
            below = above;
        }

        var waiting = steps.Select(step => step.Waiting / step.Width.TotalHours).ToArray();
        svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"#d55e00\" stroke-width=\"2\" points=\"{Points(waiting, most, top, plot)}\"/>\n");
        return svg.Append("</svg>\n").ToString();
    }

    private static string Points(double[] values, double most, int top, int plot, bool backwards = false)
    {
        var points = values.Select((value, index) => string.Create(
            CultureInfo.InvariantCulture, $"{Left + (PlotWidth * index / (double)Math.Max(1, values.Length - 1)):0.#},{top + plot - (plot * Math.Min(1, value / most)):0.#} "));
        return string.Concat(backwards ? points.Reverse() : points);
    }

    private static IReadOnlyList<string> TimesOf(IReadOnlyList<TimelineStep> steps)
    {
        if (steps.Count == 0)
        {
            return [];
        }

        var (from, to) = (steps[0].At, steps[^1].At + steps[^1].Width);
        var format = to - from > TimeSpan.FromDays(2) ? "MM-dd" : "HH:mm";
        return [.. Enumerable.Range(0, 7).Select(step => (from + ((to - from) * step / 6)).UtcDateTime.ToString(format, CultureInfo.InvariantCulture))];
    }

    private static StringBuilder Begin(int height, string title) => new StringBuilder().Append(
        CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n<title>{Text(title)}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");

    private static void AddLegend(StringBuilder svg, int y, IReadOnlyList<(string Name, string Color)> entries)
    {
        for (var index = 0; index < entries.Count; index++)
        {
            var x = Left + (index * Math.Min(210, PlotWidth / entries.Count));
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y - 11}\" width=\"12\" height=\"12\" fill=\"{entries[index].Color}\"/><text x=\"{x + 18}\" y=\"{y}\">{Text(entries[index].Name)}</text>\n");
        }
    }

    private static void AddFrame(StringBuilder svg, int top, int plot, IReadOnlyList<string> rows, IReadOnlyList<string> columns)
    {
        for (var index = 0; index < rows.Count; index++)
        {
            var y = top + plot - (plot * index / (rows.Count - 1));
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{y}\" x2=\"{Width - Right}\" y2=\"{y}\" stroke=\"#dddddd\"/><text x=\"{Left - 8}\" y=\"{y + 4}\" text-anchor=\"end\">{rows[index]}</text>\n");
        }

        for (var index = 0; index < columns.Count; index++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (PlotWidth * index / Math.Max(1, columns.Count - 1))}\" y=\"{top + plot + 20}\" text-anchor=\"middle\">{columns[index]}</text>\n");
        }
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
