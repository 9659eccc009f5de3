using System.Globalization;
using System.Text;
using Operator.Hosting;

namespace Operator.Commands.Simulate;

/// <summary>
/// Job traces as CSV: <c>queued,seconds,labels</c>. <c>queued</c> is a time in RFC 3339 or a number of seconds since midnight UTC of the
/// given day, and labels are separated by spaces.
/// </summary>
internal static class TraceFile
{
    /// <summary>The first line.</summary>
    public const string Header = "queued,seconds,labels";

    private const int MaxLine = 4096;
    private const int MostLabels = 100;

    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>Reads a trace.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="midnight">What offsets in seconds count from.</param>
    /// <exception cref="CommandException">A line is not a job, or there are too many; names the line.</exception>
    public static JobTrace Read(TextReader reader, string name, DateTimeOffset midnight)
    {
        var jobs = new List<TracedJob>();
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length > MaxLine)
            {
                throw new CommandException($"{name}:{number}: the line is longer than {MaxLine} characters");
            }

            if (line.Length == 0 || line[0] == '#' || (number == 1 && line.StartsWith("queued", StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            jobs.Add(ReadJob(line, midnight, problem => new CommandException($"{name}:{number}: {problem}")));
            if (jobs.Count > JobTrace.MostJobs)
            {
                throw new CommandException($"{name}:{number}: a trace has at most {JobTrace.MostJobs} jobs; use a shorter period");
            }
        }

        return Sorted(jobs, name);
    }

    /// <summary>Writes a trace, so that a later run needs no call to GitHub.</summary>
    public static string Write(JobTrace trace)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var job in trace.Jobs)
        {
            text.Append(CultureInfo.InvariantCulture, $"{TimeText.Format(job.QueuedAt)},{job.Duration.TotalSeconds:0.###},{string.Join(' ', job.Labels)}\n");
        }

        return text.ToString();
    }

    /// <summary>A trace of jobs in any order.</summary>
    /// <exception cref="CommandException">There is none, or the trace is too long.</exception>
    public static JobTrace Sorted(IEnumerable<TracedJob> jobs, string name)
    {
        var trace = new JobTrace([.. jobs.OrderBy(job => job.QueuedAt)]);
        return trace.Jobs.Count == 0 ? throw new CommandException($"{name}: there is no job in it; the columns are {Header}")
            : trace.Jobs[^1].QueuedAt - trace.Jobs[0].QueuedAt > JobTrace.Longest
                ? throw new CommandException($"{name}: the jobs span more than {JobTrace.Longest.TotalDays:0} days; use a shorter period")
            : trace;
    }

    private static TracedJob ReadJob(string line, DateTimeOffset midnight, Func<string, CommandException> error)
    {
        var cells = line.Split(',', 3);
        if (cells.Length < 2)
        {
            throw error($"expected {Header}, separated by commas");
        }

        var seconds = cells[1].Trim();
        if (!double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var length) || !(length >= 0 && length <= JobTrace.LongestJob.TotalSeconds))
        {
            throw error($"'{Shown(seconds)}' is not a run time between 0 and {JobTrace.LongestJob.TotalSeconds:0} seconds");
        }

        var labels = cells.Length < 3 ? [] : cells[2].Trim().Trim('"').Split([' ', ';', '|', ','], StringSplitOptions.RemoveEmptyEntries);
        return labels.Length > MostLabels
            ? throw error($"a job has at most {MostLabels} labels")
            : new(ReadTime(cells[0].Trim(), midnight) ?? throw error($"'{Shown(cells[0])}' is neither a time such as 2026-03-02T08:15:00Z nor a number of seconds"), TimeSpan.FromSeconds(length), labels);
    }

    private static DateTimeOffset? ReadTime(string text, DateTimeOffset midnight) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var offset) && offset <= JobTrace.Longest.TotalSeconds
            ? midnight + TimeSpan.FromSeconds(offset)
        : DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
        : null;

    private static string Shown(string text) => ErrorText.Shorten(text, 40);
}
