using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.Simulator.Hosts;

/// <summary>The software on the machines of a simulated region: each launched machine gets a host that follows the host contract.</summary>
public sealed class SimulatedHosts : IMachineWatcher, IDisposable
{
    // From a command to the first line of its script.
    private static readonly TimeSpan CommandStart = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SimulatedHost> _hosts = new(StringComparer.Ordinal);
    private readonly HostSurroundings _around;
    private int _failingBoots;
    private int _slowBoots;
    private int _deadAgents;
    private int _failingWarmUps;
    private int _hangingWarmUps;
    private TimeSpan _slowness;

    /// <summary>Creates the hosts; from now on every launched machine gets one.</summary>
    /// <param name="aws">The region.</param>
    /// <param name="server">GitHub as runners see it.</param>
    /// <param name="options">The times of the host script.</param>
    public SimulatedHosts(SimulatedAws aws, IRunnerServer server, SimulatedHostsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(aws);
        options ??= new SimulatedHostsOptions();
        var random = new Random(options.Seed);
        _around = new HostSurroundings(aws, server, options, Jitter);
        aws.Ec2.Run(() => aws.Ec2.Lifecycle.Watch(this));
        aws.Agents.Started = id => Find(id)?.SwitchOn(CommandStart);

        double Jitter()
        {
            lock (random)
            {
                return random.NextDouble();
            }
        }
    }

    /// <summary>The phase of a host.</summary>
    /// <param name="instanceId">Its instance.</param>
    public HostPhase Phase(string instanceId) => Find(instanceId)?.Phase ?? HostPhase.Off;

    /// <summary>The script of a lease that ran last on a host; empty for none.</summary>
    /// <param name="instanceId">Its instance.</param>
    public string LeaseScript(string instanceId) => Find(instanceId)?.Prepared ?? "";

    /// <summary>The secrets that the scripts of a host got, as the operator wrote them; empty for none.</summary>
    /// <param name="instanceId">Its instance.</param>
    public string Secrets(string instanceId) => Find(instanceId)?.Secrets ?? "";

    /// <summary>Makes the pre-runner script of the next hosts fail: they write to the console and power off.</summary>
    /// <param name="count">How many.</param>
    public void FailBoot(int count = 1) => Change(() => _failingBoots = count);

    /// <summary>Makes the next hosts boot slowly.</summary>
    /// <param name="extra">How much longer than usual.</param>
    /// <param name="count">How many.</param>
    public void SlowBoot(TimeSpan extra, int count = 1) => Change(() => (_slowBoots, _slowness) = (count, extra));

    /// <summary>Makes the script of the next hosts hang from the start: they boot, but never read their command.</summary>
    /// <param name="count">How many.</param>
    public void DeadAgent(int count = 1) => Change(() => _deadAgents = count);

    /// <summary>Makes what fills the folder of jobs of the next hosts fail.</summary>
    /// <param name="count">How many.</param>
    public void FailWarmUp(int count = 1) => Change(() => _failingWarmUps = count);

    /// <summary>Makes what fills the folder of jobs of the next hosts hang.</summary>
    /// <param name="count">How many.</param>
    public void HangWarmUp(int count = 1) => Change(() => _hangingWarmUps = count);

    /// <summary>Makes the script of a host hang from now on. Its runner continues, and its watchdog eventually powers it off.</summary>
    /// <param name="instanceId">Its instance.</param>
    public void KillAgent(string instanceId) => Find(instanceId)?.KillAgent();

    /// <summary>Freezes all hosts; their instances stay as they are.</summary>
    public void Dispose()
    {
        List<SimulatedHost> hosts;
        lock (_lock)
        {
            hosts = [.. _hosts.Values];
            _hosts.Clear();
        }

        hosts.ForEach(host => host.Dispose());
    }

    void IMachineWatcher.SwitchedOn(Machine machine)
    {
        if (machine.Hangs)
        {
            return;
        }

        SimulatedHost host;
        var isDead = false;
        var isResumed = machine.IsResumed;
        var bootTime = machine.IsWindows ? _around.Aws.Options.WindowsBootTime : _around.Aws.Options.BootTime;
        lock (_lock)
        {
            var before = _hosts.GetValueOrDefault(machine.Id);
            var kind = before is { IsPrepared: true } ? BootKind.Standby : before is not null ? BootKind.Again : UseUp(ref _failingBoots) ? BootKind.Failing : BootKind.First;
            bootTime = kind != BootKind.Standby ? bootTime : isResumed ? _around.Aws.Options.ResumeTime : _around.Aws.Options.RestartTime;
            bootTime += UseUp(ref _slowBoots) ? _slowness : TimeSpan.Zero;
            isDead = UseUp(ref _deadAgents);
            host = _hosts[machine.Id] = new SimulatedHost(
                _around, machine, kind, new HostWarmUp(_around.Options.WarmUpTime, UseUp(ref _failingWarmUps) ? WarmUpEnd.Failed : UseUp(ref _hangingWarmUps) ? WarmUpEnd.TimedOut : WarmUpEnd.Done));
        }

        if (!machine.IsStartedByCommand)
        {
            host.SwitchOn(bootTime);
        }

        if (isDead)
        {
            host.KillAgent();
        }
    }

    void IMachineWatcher.Reassigned(Machine machine) => Find(machine.Id)?.MetadataChanged();

    void IMachineWatcher.Noticed(Machine machine) => Find(machine.Id)?.MetadataChanged();

    void IMachineWatcher.SwitchedOff(Machine machine) => Find(machine.Id)?.Dispose();

    private static bool UseUp(ref int count) => count > 0 && count-- > 0;

    private SimulatedHost? Find(string instanceId)
    {
        lock (_lock)
        {
            return _hosts.GetValueOrDefault(instanceId);
        }
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
        }
    }
}
