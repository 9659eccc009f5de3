using System.Globalization;
using System.Net;
using System.Text;

namespace Operator.Commands.Cost;

/// <summary>Draws a report: a bar for each pool, colored by part. Self-contained, so that it can be mailed.</summary>
internal static class CostPicture
{
    private const int Left = 240;
    private const int BarWidth = 560;
    private const int Width = Left + BarWidth + 120;
    private const int LineHeight = 28;
    private const int Top = 80;

    // More would be unreadable; the rest is one bar.
    private const int MaxBars = 50;

    private static readonly string[] Colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"];

    /// <summary>A standalone drawing.</summary>
    public static string ToSvg(CostReport report)
    {
        var rows = Rows(report);
        var most = Math.Max(0.01m, rows.Select(row => row.Total).DefaultIfEmpty().Max());
        var height = Top + (LineHeight * rows.Count) + 20;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"10\" y=\"24\" font-size=\"17\">{Text($"Cost of runners, {report.Period}: ${CostReport.Money(report.Total)}")}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"10\" y=\"44\" fill=\"#555555\">{Text($"by {report.Source}")}</text>\n");
        AddLegend(svg, report);
        for (var index = 0; index < rows.Count; index++)
        {
            AddBar(svg, report, rows[index], Top + (LineHeight * index), most);
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>A page with the drawing and the table.</summary>
    public static string ToHtml(CostReport report)
    {
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Cost of runners</title>\n"
            + "<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}td,th{padding:.2em 1em;text-align:right;border-bottom:1px solid #ddd}"
            + "td:nth-child(-n+2),th:nth-child(-n+2){text-align:left}</style></head>\n<body>\n");
        html.Append(ToSvg(report)).Append("<table>\n<tr><th>Namespace</th><th>Pool</th>");
        html.AppendJoin("", report.Parts.Select(part => $"<th>{Text(part)}</th>")).Append("<th>Total</th></tr>\n");
        foreach (var row in report.Rows)
        {
            html.Append("<tr><td>").Append(Text(row.Namespace)).Append("</td><td>").Append(Text(row.Pool)).Append("</td>");
            html.AppendJoin("", report.Parts.Select(part => $"<td>{CostReport.Money(row.Parts.GetValueOrDefault(part))}</td>"));
            html.Append(CultureInfo.InvariantCulture, $"<td>{CostReport.Money(row.Total)}</td></tr>\n");
        }

        return html.Append("</table>\n</body>\n</html>\n").ToString();
    }

    private static void AddLegend(StringBuilder svg, CostReport report)
    {
        for (var index = 0; index < report.Parts.Count; index++)
        {
            var x = Left + (130 * index);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"54\" width=\"12\" height=\"12\" fill=\"{Colors[index % Colors.Length]}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 18}\" y=\"65\">{Text(report.Parts[index])}</text>\n");
        }
    }

    private static void AddBar(StringBuilder svg, CostReport report, CostRow row, int y, decimal most)
    {
        var name = row.Namespace.Length == 0 ? row.Pool : $"{row.Namespace}/{row.Pool}";
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 10}\" y=\"{y + 15}\" text-anchor=\"end\">{Text(name.Length > 32 ? name[..31] + "…" : name)}</text>");
        var x = (decimal)Left;
        for (var index = 0; index < report.Parts.Count; index++)
        {
            var width = Math.Max(0, row.Parts.GetValueOrDefault(report.Parts[index])) / most * BarWidth;
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{y}\" width=\"{width:0.#}\" height=\"20\" fill=\"{Colors[index % Colors.Length]}\"/>");
            x += width;
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 8:0.#}\" y=\"{y + 15}\">${CostReport.Money(row.Total)}</text>\n");
    }

    private static List<CostRow> Rows(CostReport report)
    {
        var rows = report.Rows.Take(MaxBars).ToList();
        if (report.Rows.Count > MaxBars)
        {
            rows.Add(new("", $"{report.Rows.Count - MaxBars} more", report.Parts.ToDictionary(part => part, part => report.Rows.Skip(MaxBars).Sum(row => row.Parts.GetValueOrDefault(part)))));
        }

        return rows;
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
