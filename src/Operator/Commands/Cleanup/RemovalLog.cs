using Operator.GitHub.Rest;
using Operator.Hosting;

namespace Operator.Commands.Cleanup;

/// <summary>Removes resources one by one, or prints what it would remove, and continues after a failure.</summary>
internal sealed class RemovalLog(TextWriter output, bool isDryRun)
{
    private int _removed;
    private int _left;

    /// <summary>0: nothing is left. 1: something could not be removed.</summary>
    public int ExitCode => _left > 0 ? 1 : 0;

    /// <summary>Removes something.</summary>
    /// <param name="what">Its description.</param>
    /// <param name="removeAsync">Removes it.</param>
    public async Task RemoveAsync(string what, Func<Task> removeAsync)
    {
        try
        {
            if (!isDryRun)
            {
                await removeAsync();
            }

            _removed++;
            await output.WriteLineAsync($"{(isDryRun ? "would remove" : "removed")} {what}");
        }
        catch (Exception e) when (e is ProviderException or GitHubApiException)
        {
            await ReportAsync(what, e);
        }
    }

    /// <summary>Finds resources; those that cannot be listed count as left over.</summary>
    public async Task<IReadOnlyList<T>> FindAsync<T>(string what, Func<Task<IReadOnlyList<T>>> findAsync)
    {
        try
        {
            return await findAsync();
        }
        catch (Exception e) when (e is ProviderException or GitHubApiException)
        {
            await ReportAsync(what, e);
            return [];
        }
    }

    /// <summary>Prints what was left out, which does not count as left over.</summary>
    public Task NoteAsync(string text) => output.WriteLineAsync(text);

    /// <summary>Prints the totals.</summary>
    public Task SumAsync() => output.WriteLineAsync(
        $"{_removed} {(isDryRun ? "would be removed" : "removed")}, {_left} not{(_left > 0 ? ": fix the reported problems and run this again" : "")}");

    private async Task ReportAsync(string what, Exception exception)
    {
        _left++;
        await output.WriteLineAsync($"NOT removed: {what}: {ExpectedErrors.TextOf(exception)}");
    }
}
