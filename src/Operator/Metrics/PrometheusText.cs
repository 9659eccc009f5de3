using System.Globalization;
using System.Text;

namespace Operator.Metrics;

/// <summary>Prometheus' text format 0.0.4 and OpenMetrics 1.0.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>Labels in the order of their names, as they stand between braces.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var sorted = tags.ToArray();
        Array.Sort(sorted, (one, other) => string.CompareOrdinal(one.Key, other.Key));
        return string.Join(',', sorted.Select(tag =>
            $"{tag.Key.Replace('.', '_')}=\"{Escape(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "", escapeQuotes: true)}\""));
    }

    public static string Write(IEnumerable<Family> families, bool asOpenMetrics)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            WriteFamily(text, family, asOpenMetrics);
        }

        return (asOpenMetrics ? text.Append("# EOF\n") : text).ToString();
    }

    private static void WriteFamily(StringBuilder text, Family family, bool asOpenMetrics)
    {
        var sample = family.Kind == "counter" ? family.Name + "_total" : family.Name;
        var title = asOpenMetrics ? family.Name : sample;
        text.Append(CultureInfo.InvariantCulture, $"# HELP {title} {Escape(family.Help, escapeQuotes: asOpenMetrics)}\n");
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {title} {family.Kind}\n");
        if (asOpenMetrics && family.Unit.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"# UNIT {title} {family.Unit}\n");
        }

        foreach (var series in family.All())
        {
            if (family.Kind == "histogram")
            {
                WriteHistogram(text, family, series);
            }
            else
            {
                WriteSample(text, sample, series.Labels, series.Read().Sum);
            }
        }
    }

    private static void WriteHistogram(StringBuilder text, Family family, Series series)
    {
        var (sum, count, buckets) = series.Read();
        var seen = 0L;
        for (var i = 0; i <= family.Bounds.Length; i++)
        {
            seen += buckets[i];
            var bound = i < family.Bounds.Length ? Number(family.Bounds[i]) : "+Inf";
            WriteSample(text, family.Name + "_bucket", $"{series.Labels}{(series.Labels.Length > 0 ? "," : "")}le=\"{bound}\"", seen);
        }

        WriteSample(text, family.Name + "_sum", series.Labels, sum);
        WriteSample(text, family.Name + "_count", series.Labels, count);
    }

    private static void WriteSample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    // OpenMetrics wants the bounds of buckets as floats: 1.0, not 1.
    private static string Number(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E', 'N') || double.IsInfinity(value) ? text : text + ".0";
    }

    private static string Escape(string text, bool escapeQuotes)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return escapeQuotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
