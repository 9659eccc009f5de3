using System.Text;

namespace Operator.Commands;

/// <summary>Tables for a terminal.</summary>
internal static class TextTable
{
    /// <summary>Aligns cells in columns, without blanks at the ends of lines.</summary>
    /// <param name="lines">The cells of each line, as many as the first has.</param>
    /// <param name="leftColumns">Columns that are aligned to the left; those that follow, to the right.</param>
    /// <param name="gap">Blanks between columns.</param>
    public static string Write(IReadOnlyList<IReadOnlyList<string>> lines, int leftColumns, string gap)
    {
        var widths = Enumerable.Range(0, lines[0].Count).Select(column => lines.Max(line => line[column].Length)).ToList();
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            text.Append(string.Join(gap, line.Select((cell, column) => column < leftColumns ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
