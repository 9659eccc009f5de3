using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Hosts;

/// <summary>Reads a host's mailbox: immediately when the wake-up tag changes, otherwise slowly; takes a command by deleting it.</summary>
internal sealed class CommandWatch : IDisposable
{
    private const string WakeUpTag = "ec2runners.dev:wake-up";
    private const int MostDoublings = 6;
    private const int MostDeletes = 5;

    private readonly HostSurroundings _around;
    private readonly Machine _machine;
    private readonly HostMailbox _mailbox;
    private readonly Action<HostCommand?> _onCommand;
    private readonly HostTimer _poll;
    private readonly HostTimer _delete;
    private string? _wakeUp;
    private string _command = "";
    private int _deletes;
    private int _failures;
    private bool _isAwaited;
    private string? _complaint;

    public CommandWatch(HostSurroundings around, Machine machine, HostMailbox mailbox, EventQueue events, Action<HostCommand?> onMail)
    {
        (_around, _machine, _mailbox, _onCommand) = (around, machine, mailbox, onMail);
        _poll = new HostTimer(around.Time, events, Read);
        _delete = new HostTimer(around.Time, events, Take);
        _wakeUp = machine.Tag(WakeUpTag);
    }

    private SimulatedHostsOptions Options => _around.Options;

    /// <summary>Reads the mailbox when the wake-up tag has another value than before.</summary>
    public void CheckWakeUpTag()
    {
        if (_machine.Tag(WakeUpTag) is { } value && value != _wakeUp)
        {
            _wakeUp = value;
            _isAwaited = true;
            Read();
        }
    }

    public void Read()
    {
        if (_delete.IsSet)
        {
            return;
        }

        var (poll, jitter) = _wakeUp is null ? (Options.SlowPoll, Options.SlowPollJitter) : (Options.RungPoll, Options.RungPollJitter);
        _poll.Set(poll + (_around.Jitter() * jitter));
        try
        {
            if (_mailbox.Read() is not { } command)
            {
                _failures = 0;
                _isAwaited = false;
                return;
            }

            (_command, _deletes, _isAwaited) = (command, 0, false);
        }
        catch (AwsException exception)
        {
            // A tag-based policy denies access to missing parameters: unless the wake-up tag announced a command, that is not a failure.
            if (exception.Code == "AccessDeniedException" && (!_isAwaited || _failures >= MostDoublings))
            {
                (_failures, _isAwaited) = (0, false);
                Complain(exception);
            }
            else
            {
                BackOff(exception);
            }

            return;
        }

        Take();
    }

    public void Dispose()
    {
        _poll.Dispose();
        _delete.Dispose();
    }

    // A command that cannot be deleted is not acted on. One that is gone at the first attempt was withdrawn; at a later one it was
    // the earlier attempt that removed it.
    private void Take()
    {
        bool mine;
        try
        {
            mine = _mailbox.Delete() || _deletes > 0;
        }
        catch (AwsException exception)
        {
            if (++_deletes < MostDeletes)
            {
                _delete.Set(_deletes * Options.Retry);
            }
            else
            {
                BackOff(exception);
            }

            return;
        }

        _failures = 0;
        if (mine)
        {
            _onCommand(HostCommand.Parse(_command));
        }
    }

    private void BackOff(AwsException exception)
    {
        Complain(exception);
        var delay = Options.Retry * (1 << Math.Min(_failures++, MostDoublings));
        _poll.Set((delay / 2) + (_around.Jitter() * delay));
    }

    private void Complain(AwsException exception)
    {
        if (_complaint != exception.Code)
        {
            _complaint = exception.Code;
            _machine.WriteConsole($"ec2runners: mailbox: {exception.Code} {exception.Message}");
        }
    }
}
