using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ssm;

/// <summary>
/// The SSM agents of a region's machines, and the commands they were sent. An agent comes online some time after its
/// machine was switched on.
/// </summary>
internal sealed class Agents : IMachineWatcher
{
    private readonly Ec2World _world;
    private readonly Dictionary<string, DateTimeOffset> _onlineAt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Invocation> _invocations = new(StringComparer.Ordinal);

    public Agents(Ec2World world)
    {
        _world = world;
        world.Lifecycle.Watch(this);
    }

    /// <summary>A machine was sent a command: it runs its script.</summary>
    public Action<string> Started { get; set; } = _ => { };

    /// <summary>How many of the next machines have no agent.</summary>
    public int Missing { get; set; }

    /// <summary>How many of the next commands fail, with which exit code and output.</summary>
    public (int Count, int ExitCode, string Output) Failing { get; set; }

    public IEnumerable<Invocation> All => _world.Run(() => _invocations.Values.ToList());

    /// <summary>Since when an agent is online; null while it is not.</summary>
    public DateTimeOffset? OnlineAt(string instanceId) => _world.Run(() => _onlineAt.TryGetValue(instanceId, out var at) && at <= _world.Now ? (DateTimeOffset?)at : null);

    public Invocation Send(string instanceId, string document, string comment) => _world.Run(() =>
    {
        if (!(_onlineAt.TryGetValue(instanceId, out var at) && at <= _world.Now))
        {
            throw new AwsException("InvalidInstanceId", $"Instances [[{instanceId}]] not in a valid state for account {_world.Options.AccountId}");
        }

        var invocation = new Invocation(_world.Ids.Uuid(), instanceId, document, comment, _world.Now);
        _invocations.Add(invocation.CommandId, invocation);
        if (Failing is { Count: > 0 } failing)
        {
            Failing = failing with { Count = failing.Count - 1 };
            (invocation.Status, invocation.ExitCode, invocation.Output) = ("Failed", failing.ExitCode, failing.Output);
        }
        else
        {
            _world.Later(() => Started(instanceId));
        }

        return invocation;
    });

    /// <summary>An invocation that calls can see; a new one is not there for a second.</summary>
    public Invocation Find(string commandId, string instanceId) => _world.Run(() =>
        _invocations.TryGetValue(commandId, out var found) && found.InstanceId == instanceId && found.SentAt + TimeSpan.FromSeconds(1) <= _world.Now
            ? found : throw new AwsException("InvocationDoesNotExist", ""));

    void IMachineWatcher.SwitchedOn(Machine machine) => _world.Run(() =>
    {
        if (Missing > 0)
        {
            Missing--;
        }
        else
        {
            _onlineAt[machine.Id] = _world.Now + _world.Options.AgentTime;
        }
    });

    void IMachineWatcher.Reassigned(Machine machine)
    {
    }

    void IMachineWatcher.Noticed(Machine machine)
    {
    }

    void IMachineWatcher.SwitchedOff(Machine machine) => _world.Run(() => _onlineAt.Remove(machine.Id));
}

/// <summary>A command on a machine.</summary>
internal sealed class Invocation(string commandId, string instanceId, string document, string comment, DateTimeOffset sentAt)
{
    public string CommandId => commandId;

    public string InstanceId => instanceId;

    public string Document => document;

    public string Comment => comment;

    public DateTimeOffset SentAt => sentAt;

    public string Status { get; set; } = "InProgress";

    public int ExitCode { get; set; } = -1;

    public string Output { get; set; } = "";
}
