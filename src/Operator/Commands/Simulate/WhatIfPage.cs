using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Operator.Commands.Simulate;

/// <summary>A report as one HTML file: no script, nothing is loaded, and its own content security policy says so.</summary>
internal static class WhatIfPage
{
    private const string Style =
        "body{font-family:sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#222;background:#fff}table{border-collapse:collapse}"
        + "td,th{padding:.2em 1em;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left;white-space:pre}"
        + "svg{max-width:100%;height:auto}pre{background:#f4f4f4;padding:.6em;overflow:auto}";

    /// <summary>The page.</summary>
    public static string ToHtml(WhatIfReport report)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\n")
            .Append(CultureInfo.InvariantCulture, $"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>What if: runners and their cost</title>\n")
            .Append(CultureInfo.InvariantCulture, $"<style>{Style}</style>\n</head>\n<body>\n<h1>What if</h1>\n<p>{Text(report.Title)}</p>\n");
        AddTable(html, report);
        html.Append("<h2>Cost</h2>\n").Append(WhatIfPicture.Costs(report));
        html.Append("<h2>Waiting</h2>\n").Append(WhatIfPicture.Waits(report));
        foreach (var result in report.Results)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>{Text(result.Name)}</h2>\n").Append(WhatIfPicture.Timeline(result));
        }

        AddSuggestions(html, report);
        html.Append("<h2>Assumptions</h2>\n<ul>\n");
        html.AppendJoin("", report.Results.SelectMany(result => result.Notes).Concat(report.Assumptions).Distinct(StringComparer.Ordinal).Select(note => $"<li>{Text(note)}</li>\n"));
        return html.Append("</ul>\n</body>\n</html>\n").ToString();
    }

    private static void AddTable(StringBuilder html, WhatIfReport report)
    {
        html.Append("<table>\n<tr><th></th>").AppendJoin("", report.Results.Select(result => $"<th>{Text(result.Name)}</th>")).Append("</tr>\n");
        foreach (var (name, cells) in report.Rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(name)}</td>").AppendJoin("", cells.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        }

        html.Append("</table>\n");
    }

    private static void AddSuggestions(StringBuilder html, WhatIfReport report)
    {
        foreach (var (name, found) in report.Suggestions)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>Suggestions for {Text(name)}</h2>\n");
            html.Append(found.Count == 0 ? "<p>None of the changes that were tried is worth it.</p>\n" : "");
            foreach (var suggestion in found)
            {
                html.Append(CultureInfo.InvariantCulture, $"<p>{Text(report.Describe(name, suggestion))}</p>\n<pre>{Text(suggestion.Patch)}</pre>\n");
            }
        }
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
