using Operator.Hosting;

namespace Operator.Commands.Doctor;

/// <summary>Runs checks one after the other; an area of a subject ends at a failed check that the rest depends on.</summary>
internal sealed class DoctorRunner
{
    private readonly List<Finding> _findings = [];

    /// <summary>The findings so far, in order.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Adds a finding that is not the result of a check.</summary>
    public void Add(Finding finding) => _findings.Add(finding);

    /// <summary>Runs the checks of one subject.</summary>
    /// <returns>Whether no fundamental check failed.</returns>
    public async Task<bool> ExamineAsync<TSubject>(
        TSubject subject, IEnumerable<ICheck<TSubject>> checks, CancellationToken cancellationToken)
        where TSubject : notnull
    {
        var closed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var check in checks.Where(check => check.Concerns(subject)))
        {
            if (closed.Contains(check.Area))
            {
                continue;
            }

            var verdict = await RunAsync(check, subject, cancellationToken);
            Add(new(verdict.Outcome, check.Area, check.Name, subject.ToString()!, OneLine(verdict.Text)));
            if (check.IsFundamental && verdict.Outcome == Outcome.Failed)
            {
                closed.Add(check.Area);
            }
        }

        return closed.Count == 0;
    }

    private static async Task<CheckResult> RunAsync<TSubject>(ICheck<TSubject> check, TSubject subject, CancellationToken cancellationToken)
    {
        try
        {
            return await check.RunAsync(subject, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && ExpectedErrors.TextOf(e) is { } text)
        {
            return CheckResult.Failed(text);
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
