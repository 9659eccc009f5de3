using System.Globalization;

namespace Operator.Commands.Cost;

/// <summary>What pools have cost.</summary>
/// <param name="Period">The period, for users.</param>
/// <param name="Source">The source, for users.</param>
/// <param name="Rows">One per pool, the most expensive first.</param>
internal sealed record CostReport(string Period, string Source, IReadOnlyList<CostRow> Rows)
{
    /// <summary>The parts that the source distinguishes, in order.</summary>
    public IReadOnlyList<string> Parts { get; } = [.. Rows.SelectMany(row => row.Parts.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>US dollars.</summary>
    public decimal Total => Rows.Sum(row => row.Total);

    /// <summary>A table for a terminal.</summary>
    public string ToText()
    {
        List<IReadOnlyList<string>> lines = [["NAMESPACE", "POOL", .. Columns.Select(part => part.ToUpperInvariant()), "TOTAL"]];
        lines.AddRange(Rows.Select(row => (string[])[row.Namespace, row.Pool, .. Columns.Select(part => Money(row.Parts.GetValueOrDefault(part))), Money(row.Total)]));
        lines.Add(["", "", .. Columns.Select(part => Money(Rows.Sum(row => row.Parts.GetValueOrDefault(part)))), Money(Total)]);
        return $"Cost in US dollars, {Period}, by {Source}\n\n{TextTable.Write(lines, leftColumns: 2, "  ")}";
    }

    /// <summary>An amount for users.</summary>
    public static string Money(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);

    // A single part is the total.
    private IReadOnlyList<string> Columns => Parts.Count > 1 ? Parts : [];
}

/// <summary>The cost of one pool.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Pool">Its name.</param>
/// <param name="Parts">US dollars by part: <c>spot</c>, <c>on-demand</c>, <c>github</c>, or <c>all</c>.</param>
internal sealed record CostRow(string Namespace, string Pool, IReadOnlyDictionary<string, decimal> Parts)
{
    public decimal Total => Parts.Values.Sum();
}
