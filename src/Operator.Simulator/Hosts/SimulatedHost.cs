using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.Simulator.Hosts;

/// <summary>The host script on one machine, following the host contract. Everything happens as an event of its queue.</summary>
internal sealed class SimulatedHost : IDisposable
{
    internal const string InterruptionTag = "ec2runners.dev:interruption";

    private readonly HostSurroundings _around;
    private readonly Machine _machine;
    private readonly EventQueue _events = new();
    private readonly HostRunner _runner;
    private readonly HostSecrets _secrets;
    private readonly HostWarmUp _warmUp;
    private readonly HostNotices _notices;
    private readonly HostTimer _boot;
    private readonly HostTimer _tick;
    private readonly HostTimer _linger;
    private readonly HostTimer _watchdog;
    private HostSettings _settings = new("", default, default);
    private DateTimeOffset _bootedAt;
    private TimeSpan _maxRuntime;
    private bool _isJobWatched;
    private CommandWatch? _commandWatch;
    private HostCommand? _command;
    private string _afterwards = "shutdown";
    private string _configured = "";
    private string? _registered;
    private string _started = "";
    private bool _isDeaf;
    private bool _hasFailed;
    private bool _hasRebooted;
    private bool _isOff;

    public SimulatedHost(HostSurroundings around, Machine machine, BootKind boot, HostWarmUp warmUp)
    {
        (_around, _machine, _warmUp) = (around, machine, warmUp);
        _runner = new HostRunner(around.Server, _events, JobStarted, RunnerEnded);
        _secrets = new HostSecrets(around, machine);
        _notices = new HostNotices(machine);
        _boot = new HostTimer(around.Time, _events, () => Boot(boot));
        _tick = new HostTimer(around.Time, _events, Tick);
        _linger = new HostTimer(around.Time, _events, () => PowerOff("no more work"));
        _watchdog = new HostTimer(around.Time, _events, TimeIsOver);
    }

    /// <summary>Whether its next boot waits for a command again, because it was prepared for standby and has done nothing since.</summary>
    public bool IsPrepared { get; private set; }

    /// <summary>The secrets that its scripts got, as the operator wrote them; empty for none.</summary>
    public string Secrets => _secrets.Text;

    /// <summary>The last script of a lease that ran here; empty for none.</summary>
    public string Prepared { get; private set; } = "";

    public HostPhase Phase =>
        _isOff ? HostPhase.Off
        : _hasFailed ? HostPhase.Failed
        : _runner.IsBusy ? HostPhase.Busy
        : _runner.IsRunning ? HostPhase.Listening
        : _commandWatch is null ? HostPhase.Booting
        : HostPhase.Waiting;

    public void SwitchOn(TimeSpan bootTime) => Post(() => _boot.Set(bootTime));

    /// <summary>The machine is off.</summary>
    public void Dispose() => Post(Halt);

    /// <summary>The metadata changed: a tag, or a spot notice.</summary>
    public void MetadataChanged() => Post(() =>
    {
        if (_commandWatch is not null && !_isDeaf && !_tick.IsSet)
        {
            _tick.Set(_around.Options.Tick);
        }
    });

    /// <summary>The script hangs: no more commands are read, and nothing happens when the runner exits. Its watchdog continues.</summary>
    public void KillAgent() => Post(() =>
    {
        _isDeaf = true;
        _commandWatch?.Dispose();
        _tick.Cancel();
        _linger.Cancel();
    });

    private void Post(Action handle) => _events.Post(() =>
    {
        if (!_isOff)
        {
            handle();
        }
    });

    private void Boot(BootKind kind)
    {
        switch (kind)
        {
            case BootKind.Again:
                PowerOff("rebooted");
                return;
            case BootKind.Failing:
                Say("pre-runner: apt-get: no such package");
                Fail("the pre-runner script failed with code 100");
                return;
        }

        if (!_machine.ReachesMetadata)
        {
            PowerOff("no instance metadata (HTTP 000)");
            return;
        }

        if (_machine.Script is not { } script)
        {
            _machine.WriteConsole("User data format: unrecognized");
            return; // and nothing ends the machine
        }

        if (_machine.IsWindows)
        {
            _machine.WriteConsole("Message: Windows is Ready to use");
        }

        _settings = HostSettings.Read(script);
        if (_settings.MayReboot && _around.Options.UpdatesWantReboot && !_hasRebooted)
        {
            _hasRebooted = true;
            Say("the updates want a reboot; rebooting");
            _boot.Set(_around.Aws.Options.BootTime);
            return;
        }

        if (LacksWhatItNeeds())
        {
            return;
        }

        if (kind != BootKind.Standby && _warmUp.Begin(_settings) is { } time)
        {
            _boot.Set(time);
        }
        else if (!_warmUp.MayServe(_settings, _machine))
        {
            Fail("the folder of jobs cannot be warmed up");
        }
        else
        {
            Serve();
        }
    }

    private void Serve()
    {
        _bootedAt = _around.Time.GetUtcNow();
        WatchAge();
        Say($"{_machine.Id} in {_machine.Region}{(_settings.Container.Length == 0 ? "" : ", pulling " + _settings.Container)}");
        _commandWatch = new CommandWatch(_around, _machine, new HostMailbox(_around.Aws, _settings.Mailbox, _machine.Id), _events, CommandReceived);
        if (!_isDeaf)
        {
            Say("waiting for command");
            Tick();
            ReadCommand();
        }
    }

    private void Tick()
    {
        if (_notices.IsInterruptedNow())
        {
            if (!_runner.IsBusy)
            {
                PowerOff("spot interruption notice");
                return;
            }

            Say("spot interruption notice; the job goes on as long as the machine does");
        }

        _commandWatch!.CheckWakeUpTag();
    }

    private void ReadCommand()
    {
        if (!_isOff)
        {
            _commandWatch!.Read();
        }
    }

    private void CommandReceived(HostCommand? command)
    {
        if (command is { Action: "run", RunnerName.Length: > 0 } && command.RunnerName == _started)
        {
            Say("command: run, which was done");
            return;
        }

        Say($"command: {command?.Action ?? "unreadable"}{(_runner.IsBusy ? ", after the job" : "")}");
        _command = command ?? _command;
        Act();
    }

    // Commands wait for the end of a job; an idle runner is stopped for them.
    private void Act()
    {
        if (_isOff || _command is not { } command || _runner.IsBusy)
        {
            return;
        }

        _command = null;
        IsPrepared = false;
        _linger.Cancel();
        _runner.Kill();
        switch (command.Action)
        {
            case "run":
                _afterwards = command.Afterwards;
                _maxRuntime = command.MaxRuntime ?? _settings.MaxRuntime;
                if (!Prepare(command))
                {
                    break;
                }

                if (_settings.HasSecrets)
                {
                    new HostMailbox(_around.Aws, _settings.Mailbox, _machine.Id, ".secrets").Discard(); // a restarted operator may have sent them twice
                }

                _started = command.RunnerName;
                Say("runner started");
                _runner.Start(command.RunnerName.Length == 0 ? command.JitConfig : _registered ?? "");
                break;
            case "configure":
                _registered = _runner.Configure(command.Configuration!);
                (_configured, _started) = (command.Configuration!.Name, "");
                Say(_registered is null ? $"cannot register {_configured}" : $"registered {_configured}");
                break;
            case "standby":
                IsPrepared = true;
                Say("prepared for standby");
                break;
            case "stop":
                PowerOff("told to stop");
                break;
        }
    }

    private bool Prepare(HostCommand command)
    {
        if (command.Script.Length == 0 || command.Script == Prepared)
        {
            return true;
        }

        Prepared = command.Script;
        Say("running the lease's script");
        if (command.ScriptFailure is not { } code)
        {
            return true;
        }

        Say($"pre-runner: exit {code}");
        PowerOff($"the lease's script failed with code {code}");
        return false;
    }

    private void JobStarted()
    {
        Say("job started");
        _isJobWatched = true;
        _watchdog.Set(_maxRuntime);
    }

    // Without a job, terminating the machine is up to the operator; it powers itself off only if that does not happen for long.
    private void WatchAge()
    {
        _isJobWatched = false;
        var left = _bootedAt + _settings.MaxAge + _around.Options.AgeMargin - _around.Time.GetUtcNow();
        _watchdog.Set(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    private void TimeIsOver()
    {
        if (_isJobWatched)
        {
            PowerOff($"maxRuntime of {_maxRuntime.TotalSeconds} s is over");
        }
        else if (!_runner.IsBusy)
        {
            PowerOff($"maxAge of {_settings.MaxAge.TotalSeconds} s is long over");
        }
    }

    private void RunnerEnded(bool servedJob)
    {
        if (!_isOff)
        {
            WatchAge();
        }

        if (_isOff || _isDeaf)
        {
            return;
        }

        if (_notices.IsInterrupted)
        {
            PowerOff("spot interruption notice");
        }
        else if (servedJob && (_command?.Action == "stop" || (_command is null && _afterwards == "shutdown")))
        {
            PowerOff("the job is done");
        }
        else
        {
            Say(servedJob ? "the job is done" : "the runner ended without a job");
            if (!servedJob && _afterwards == "shutdown")
            {
                _linger.Set(_around.Options.Linger);
            }

            ReadCommand();
            Act();
        }
    }

    // Secrets are tried again, with the same timer, until they are there and removed.
    private bool LacksWhatItNeeds()
    {
        if (_settings.NeedsDocker && !_around.Options.ImagesHaveDocker)
        {
            Fail(HostSettings.NoDocker);
        }
        else if (!_settings.HasSecrets || _secrets.Receive(_settings.Mailbox, Say))
        {
            return false;
        }
        else if (_secrets.AreLate)
        {
            Fail("the secrets of the pool did not arrive");
        }
        else
        {
            _boot.Set(_around.Options.Retry * 3);
        }

        return true;
    }

    private void Fail(string why)
    {
        var settings = HostSettings.Read(_machine.Script ?? "");
        if (settings.Hold == TimeSpan.Zero)
        {
            _machine.SetTag(InterruptionTag, $"failed {why}");
            PowerOff(why);
            return;
        }

        var until = $"{(_around.Time.GetUtcNow() + settings.Hold).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}";
        _hasFailed = true;
        var mailbox = new HostMailbox(_around.Aws, settings.Mailbox, _machine.Id);
        mailbox.Discard();
        _commandWatch = new CommandWatch(_around, _machine, mailbox, _events, command =>
        {
            if (command?.Action == "stop")
            {
                PowerOff("told to stop");
            }
        });
        _commandWatch.Read();
        Say($"{why}; held until {until}");
        _machine.SetTag(InterruptionTag, $"held {until} {why}");
        _linger.Set(settings.Hold);
    }

    private void PowerOff(string why)
    {
        Say($"{why}; powering off");
        Halt();
        _machine.PowerOff();
    }

    private void Halt()
    {
        _isOff = true;
        _commandWatch?.Dispose();
        _boot.Dispose();
        _tick.Dispose();
        _linger.Dispose();
        _watchdog.Dispose();
        _runner.Kill();
    }

    private void Say(string line) => _machine.WriteConsole($"ec2runners: {line}");
}
