namespace Operator.Forges;

/// <summary>One list of runners for all callers who ask for it at the same time, and its last answer for those who are content with that.</summary>
internal sealed class SharedRunnerList
{
    private volatile RunnerList? _last;

    /// <param name="read">Reads the list.</param>
    public SharedRunnerList(Func<Task<RunnerList>> read) => Call = new SharedCall<RunnerList>(async () => _last = await read());

    /// <summary>The call, shared by all callers until none are left, whether or not there was an answer.</summary>
    public SharedCall<RunnerList> Call { get; }

    /// <summary>The last answer, if it is recent enough; null otherwise.</summary>
    public RunnerList? LastWithin(TimeSpan maxAge, DateTimeOffset now) => _last is { } last && now - last.TakenAt <= maxAge && maxAge > TimeSpan.Zero ? last : null;
}
