using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Instances;

namespace Operator.Tests.Aws.Instances;

public sealed class InstanceBatcherTests
{
    private static readonly AwsAccount Account = AwsAccount.Default;

    private readonly FakeEc2 _ec2 = new();
    private readonly HeldTimers _timers = new();
    private readonly InstanceBatcher _batcher;

    public InstanceBatcherTests() => _batcher = new InstanceBatcher(_ec2, _timers, (ec2, ids) => ec2.TerminateInstancesAsync(new() { InstanceIds = ids }, CancellationToken.None));

    [Fact]
    public async Task AtTheSameTime_IsOneCall()
    {
        var ends = Terminate("i-1", "i-2", "i-3");
        _timers.Release();
        await Task.WhenAll(ends);

        Assert.Equal(["i-1", "i-2", "i-3"], Assert.Single(Asked));
    }

    // EC2 starts none of a batch when it has no capacity for one of them.
    [Fact]
    public async Task Starts_NoCapacityForOneOfThem_TheOthersStartAllTheSame()
    {
        var starts = new InstanceBatcher(_ec2, _timers, (ec2, ids) => ec2.StartInstancesAsync(new() { InstanceIds = ids }, CancellationToken.None));
        _ec2.StarvedInstances.Add("i-2");
        var both = new[] { "i-1", "i-2" }.Select(id => starts.SendAsync(Account, id, CancellationToken.None)).ToList();
        _timers.Release();

        await both[0];
        Assert.Equal("InsufficientInstanceCapacity", (await Assert.ThrowsAsync<AwsException>(() => both[1])).Code);
        Assert.Equal(3, _ec2.Requests.OfType<StartInstancesRequest>().Count());
    }

    [Fact]
    public async Task OneOfThemUnknown_TheOthersEndAllTheSame()
    {
        _ec2.UnknownInstances.Add("i-2");
        var ends = Terminate("i-1", "i-2", "i-3");
        _timers.Release();

        await ends[0];
        await Assert.ThrowsAsync<AwsException>(() => ends[1]);
        await ends[2];
        Assert.Equal(4, Asked.Count());
    }

    [Fact]
    public async Task OneOfThemProtected_TheOthersEndAllTheSame()
    {
        _ec2.ProtectedInstances.Add("i-1");
        var ends = Terminate("i-1", "i-2");
        _timers.Release();

        Assert.Equal("OperationNotPermitted", (await Assert.ThrowsAsync<AwsException>(() => ends[0])).Code);
        await ends[1];
        Assert.Equal(3, Asked.Count());
    }

    // A failed batch must not cause a hundred calls.
    [Theory]
    [InlineData("RequestLimitExceeded")]
    [InlineData(AwsErrors.ConnectionFailed)]
    [InlineData("ExpiredToken")]
    [InlineData("AuthFailure")]
    [InlineData("Blocked")]
    public async Task Throttled_IsNotRepeatedOneByOne(string code)
    {
        _ec2.Failure = new AwsException("EC2", code, "no");
        var ends = Terminate("i-1", "i-2", "i-3");
        _timers.Release();

        await Assert.ThrowsAsync<AwsException>(() => Task.WhenAll(ends));
        Assert.Single(Asked);
    }

    [Fact]
    public async Task Later_IsACallOfItsOwn()
    {
        var first = Terminate("i-1");
        _timers.Release();
        await Task.WhenAll(first);
        var second = Terminate("i-2");
        _timers.Release();
        await Task.WhenAll(second);

        Assert.Equal(2, Asked.Count());
    }

    private IEnumerable<IReadOnlyList<string>> Asked => _ec2.Requests.Cast<TerminateInstancesRequest>().Select(request => request.InstanceIds);

    private Task[] Terminate(params string[] ids) => [.. ids.Select(id => _batcher.SendAsync(Account, id, CancellationToken.None))];

    /// <summary>Timers that fire when a test says so.</summary>
    private sealed class HeldTimers : TimeProvider
    {
        private readonly List<Action> _held = [];

        public void Release()
        {
            var due = _held.ToList();
            _held.Clear();
            due.ForEach(fire => fire());
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _held.Add(() => callback(state));
            return new Nothing();
        }

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
