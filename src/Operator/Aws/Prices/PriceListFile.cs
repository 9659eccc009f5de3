using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Operator.Aws.Prices;

/// <summary>
/// Reads the price list of a region as published by AWS: a CSV of hundreds of megabytes, from which one number per instance type is kept.
/// It is streamed line by line. Columns are found by name, because their number varies.
/// </summary>
internal static class PriceListFile
{
    /// <summary>Several times the number of EC2's types.</summary>
    public const int MaxTypes = 10_000;

    /// <summary>A real line has about 2,000 characters.</summary>
    public const int MaxLineLength = 32_768;

    private const string DateLine = "Publication Date";
    private const string BareMetal = "Compute Instance (bare metal)";

    /// <summary>The on-demand prices of Linux and Windows in a list.</summary>
    /// <param name="body">The list.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">It is not a price list, or is incomplete.</exception>
    public static async Task<OnDemandList> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(body, Encoding.UTF8);
        Dictionary<string, decimal> prices = new(StringComparer.Ordinal), windows = new(StringComparer.Ordinal);
        DateTimeOffset? published = null;
        Columns? columns = null;
        await foreach (var line in LinesAsync(reader, cancellationToken))
        {
            if (columns is not null)
            {
                Take(line, columns, prices, windows);
            }
            else if (line.Contains(DateLine, StringComparison.Ordinal) && Cells(line) is [DateLine, var date, ..]
                && DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            {
                published = at;
            }
            else if (line.Contains("SKU", StringComparison.Ordinal))
            {
                columns = Columns.Parse(Cells(line));
            }
        }

        return prices.Count > 0 && published is { } asOf
            ? new(prices, OnDemandSource.PriceList, asOf) { WindowsPrices = windows }
            : throw new InvalidDataException(columns is null ? "it is no price list" : "it has no prices of Linux on demand");
    }

    private static void Take(string line, Columns columns, Dictionary<string, decimal> linux, Dictionary<string, decimal> windows)
    {
        // Nine out of ten lines are about something else.
        if (!line.Contains("OnDemand", StringComparison.Ordinal) || !line.Contains("Compute Instance", StringComparison.Ordinal))
        {
            return;
        }

        var cells = Cells(line);
        if (cells.Count < columns.Count)
        {
            throw new InvalidDataException("a line is incomplete");
        }

        var prices = columns.IsWindows(cells) ? windows : linux;
        if (columns.IsOnDemand(cells) && columns.TypeOf(cells) is { Length: > 0 and <= 64 } type
            && decimal.TryParse(columns.PriceOf(cells), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) && price is > 0 and < 10_000
            && (prices.TryGetValue(type, out var known) ? price < known : prices.Count < MaxTypes))
        {
            prices[type] = price;
        }
    }

    private static async IAsyncEnumerable<string> LinesAsync(StreamReader reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new char[MaxLineLength];
        var line = new StringBuilder();
        for (int read; (read = await reader.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            for (var start = 0; start < read;)
            {
                var end = Array.IndexOf(buffer, '\n', start, read - start);
                line.Append(buffer, start, (end < 0 ? read : end) - start);
                start = end < 0 ? read : end + 1;
                if (line.Length > MaxLineLength)
                {
                    throw new InvalidDataException("a line is too long");
                }

                if (end >= 0)
                {
                    yield return line.ToString();
                    line.Clear();
                }
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }

    // Cells are quoted, and quotes within them doubled.
    private static List<string> Cells(string line)
    {
        var (cells, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        foreach (var character in line.TrimEnd('\r'))
        {
            switch (character)
            {
                case '"':
                    quoted = !quoted;
                    break;
                case ',' when !quoted:
                    cells.Add(cell.ToString());
                    cell.Clear();
                    break;
                default:
                    cell.Append(character);
                    break;
            }
        }

        cells.Add(cell.ToString());
        return cells;
    }

    private sealed class Columns
    {
        private readonly Dictionary<string, int> _indexes;

        private Columns(Dictionary<string, int> indexes) => _indexes = indexes;

        /// <summary>Number of columns.</summary>
        public int Count { get; private init; }

        public static Columns Parse(List<string> header)
        {
            var indexes = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
            for (var index = 0; index < header.Count; index++)
            {
                indexes.TryAdd(header[index].Trim(), index);
            }

            string[] needed = ["TermType", "Unit", "PricePerUnit", "Product Family", "Instance Type", "Tenancy", "Operating System", "License Model", "CapacityStatus", "Pre Installed S/W"];
            return needed.FirstOrDefault(name => !indexes.ContainsKey(name)) is { } missing
                ? throw new InvalidDataException($"it has no column '{missing}'")
                : new(indexes) { Count = header.Count };
        }

        // The list also contains prices of reserved and unused capacity, dedicated hosts, other operating systems and Local Zones.
        public bool IsOnDemand(List<string> cells) =>
            Is(cells, "TermType", "OnDemand") && Is(cells, "Unit", "Hrs") && (Is(cells, "Operating System", "Linux") || IsWindows(cells)) && Is(cells, "Pre Installed S/W", "NA")
            && Is(cells, "CapacityStatus", "Used") && Is(cells, "License Model", "No License required")
            && (Is(cells, "Product Family", "Compute Instance") ? Is(cells, "Tenancy", "Shared") : Is(cells, "Product Family", BareMetal) && !Is(cells, "Tenancy", "Host"))
            && IsOrAbsent(cells, "MarketOption", "OnDemand") && IsOrAbsent(cells, "Location Type", "AWS Region");

        public bool IsWindows(List<string> cells) => Is(cells, "Operating System", "Windows");

        public string TypeOf(List<string> cells) => cells[_indexes["Instance Type"]];

        public string PriceOf(List<string> cells) => cells[_indexes["PricePerUnit"]];

        private bool Is(List<string> cells, string column, string value) => string.Equals(cells[_indexes[column]], value, StringComparison.OrdinalIgnoreCase);

        private bool IsOrAbsent(List<string> cells, string column, string value) => !_indexes.ContainsKey(column) || Is(cells, column, value);
    }
}
