using System.Threading.Channels;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;

namespace Operator.Tests.Demand;

/// <summary>A scale-set service that is scripted poll by poll, and records its requests.</summary>
internal sealed class ScriptedScaleSets : IScaleSetClient, IScaleSetConnections
{
    public static readonly Guid SessionId = Guid.Parse("11111111-1111-1111-1111-111111111111");

    private readonly Channel<Func<ScaleSetMessage?>> _polls = Channel.CreateUnbounded<Func<ScaleSetMessage?>>();
    private readonly Lock _lock = new();
    private readonly List<string> _asked = [];
    private long _lastId;

    public Dictionary<long, ScaleSet> Sets { get; } = [];

    /// <summary>What the next sessions are refused with; the last one stays.</summary>
    public Queue<Exception?> Sessions { get; } = new([null]);

    public int Assigned { get; set; }

    /// <summary>What acquisitions are answered.</summary>
    public Func<IReadOnlyList<long>, IReadOnlyList<long>> OnAcquire { get; set; } = requestIds => requestIds;

    /// <summary>Registered runners by name.</summary>
    public Dictionary<string, ScaleSetRunner> Runners { get; } = [];

    /// <summary>Runners that run a job.</summary>
    public HashSet<long> Busy { get; } = [];

    /// <summary>What the next registrations are refused with.</summary>
    public Queue<Exception> RegistrationRefusals { get; } = new();

    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_lock)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>What the next poll brings.</summary>
    public void Bring(Func<ScaleSetMessage?> answer) => _polls.Writer.TryWrite(answer);

    public IScaleSetClient Get(GitHubTarget target, GitHubCredentials credentials) => this;

    public Task<long?> FindRunnerGroupAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<long?>(DefaultRunnerGroup.IsMeantBy(name) ? DefaultRunnerGroup.Id : null);

    public Task<ScaleSet?> FindAsync(long runnerGroupId, string name, CancellationToken cancellationToken) =>
        Task.FromResult(Note($"find {name}", Sets.Values.FirstOrDefault(set => set.Name == name)));

    public Task<ScaleSet?> GetAsync(long id, CancellationToken cancellationToken) => Task.FromResult(Note($"get {id}", Sets.GetValueOrDefault(id)));

    public Task<ScaleSet> CreateAsync(ScaleSetRequest request, CancellationToken cancellationToken)
    {
        var made = Of(++_lastId, request);
        Sets[made.Id] = made;
        return Task.FromResult(Note($"create {request.Name}", made));
    }

    public Task<ScaleSet> UpdateAsync(long id, ScaleSetRequest request, CancellationToken cancellationToken) =>
        Task.FromResult(Note($"update {id}", Sets[id] = Of(id, request)));

    public Task DeleteAsync(long id, CancellationToken cancellationToken) => Task.FromResult(Note($"delete {id}", Sets.Remove(id)));

    public Task<ScaleSetJitConfig> GenerateJitConfigAsync(long id, string runnerName, string workFolder, CancellationToken cancellationToken)
    {
        Note($"register {runnerName}", id);
        if (RegistrationRefusals.TryDequeue(out var refusal))
        {
            return Task.FromException<ScaleSetJitConfig>(refusal);
        }

        var runner = new ScaleSetRunner { Id = ++_lastId, Name = runnerName };
        return Runners.TryAdd(runnerName, runner)
            ? Task.FromResult(new ScaleSetJitConfig { Runner = runner, EncodedJitConfig = $"config of {runner.Id}" })
            : Task.FromException<ScaleSetJitConfig>(new GitHubNameTakenException("taken"));
    }

    public Task<ScaleSetRunner?> FindRunnerAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(Note($"find {name}", Runners.GetValueOrDefault(name)));

    public Task<RunnerDeletion> DeleteRunnerAsync(long id, CancellationToken cancellationToken)
    {
        Note($"delete runner {id}", id);
        if (Busy.Contains(id))
        {
            return Task.FromResult(RunnerDeletion.Busy);
        }

        var name = Runners.FirstOrDefault(runner => runner.Value.Id == id).Key;
        return Task.FromResult(name is not null && Runners.Remove(name) ? RunnerDeletion.Deleted : RunnerDeletion.NotFound);
    }

    public Task<ScaleSetSession> CreateSessionAsync(long id, string ownerName, CancellationToken cancellationToken)
    {
        var refusal = Sessions.Count > 1 ? Sessions.Dequeue() : Sessions.Peek();
        Note("open", refusal);
        return refusal is null ? Task.FromResult(Session()) : Task.FromException<ScaleSetSession>(refusal);
    }

    public Task<ScaleSetSession> RefreshSessionAsync(long id, Guid sessionId, CancellationToken cancellationToken) =>
        Task.FromResult(Note("refresh", Session()));

    public Task DeleteSessionAsync(long id, Guid sessionId, CancellationToken cancellationToken) => Task.FromResult(Note("close", sessionId));

    public async Task<ScaleSetMessage?> PollAsync(
        long id, ScaleSetSession session, long lastMessageId, int maxCapacity, CancellationToken cancellationToken)
    {
        Note($"poll {lastMessageId} {maxCapacity}", id);
        var answer = await _polls.Reader.ReadAsync(cancellationToken);
        return answer();
    }

    public Task AcknowledgeAsync(long id, ScaleSetSession session, long messageId, CancellationToken cancellationToken) =>
        Task.FromResult(Note($"ack {messageId}", id));

    public Task<IReadOnlyList<long>> AcquireJobsAsync(
        long id, ScaleSetSession session, IReadOnlyList<long> requestIds, CancellationToken cancellationToken)
    {
        Note($"acquire {string.Join(',', requestIds)}", requestIds);
        return Task.FromResult(OnAcquire(requestIds));
    }

    private static ScaleSet Of(long id, ScaleSetRequest request) =>
        new() { Id = id, Name = request.Name, RunnerGroupId = request.RunnerGroupId, Labels = request.Labels };

    private ScaleSetSession Session() => new()
    {
        SessionId = SessionId,
        MessageQueueUrl = "https://queue.example/",
        MessageQueueAccessToken = "token",
        Statistics = new() { TotalAssignedJobs = Assigned },
    };

    private T Note<T>(string what, T answer)
    {
        lock (_lock)
        {
            _asked.Add(what);
        }

        return answer;
    }
}
