using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Hosts;

/// <summary>Reads a host's mailbox: at once, when the bell rings, and slowly without it; takes a mail by deleting it.</summary>
internal sealed class MailWatch : IDisposable
{
    private const string BellTag = "ec2runners.dev:bell";
    private const int MostDoublings = 6;
    private const int MostDeletes = 5;

    private readonly HostSurroundings _around;
    private readonly Machine _machine;
    private readonly HostMailbox _mailbox;
    private readonly Action<HostMail?> _onMail;
    private readonly HostTimer _poll;
    private readonly HostTimer _delete;
    private string? _bell;
    private string _mail = "";
    private int _deletes;
    private int _failures;

    public MailWatch(HostSurroundings around, Machine machine, HostMailbox mailbox, EventQueue events, Action<HostMail?> onMail)
    {
        (_around, _machine, _mailbox, _onMail) = (around, machine, mailbox, onMail);
        _poll = new HostTimer(around.Time, events, Read);
        _delete = new HostTimer(around.Time, events, Take);
        _bell = machine.Tag(BellTag);
    }

    private SimulatedHostsOptions Options => _around.Options;

    /// <summary>Reads the mailbox when the bell has another value than before.</summary>
    public void LookAtBell()
    {
        if (_machine.Tag(BellTag) is { } bell && bell != _bell)
        {
            _bell = bell;
            Read();
        }
    }

    public void Read()
    {
        if (_delete.IsSet)
        {
            return;
        }

        _poll.Set(Options.SlowPoll + (_around.Jitter() * Options.SlowPollJitter));
        try
        {
            if (_mailbox.Read() is not { } mail)
            {
                _failures = 0;
                return;
            }

            (_mail, _deletes) = (mail, 0);
        }
        catch (AwsException exception)
        {
            BackOff(exception);
            return;
        }

        Take();
    }

    public void Dispose()
    {
        _poll.Dispose();
        _delete.Dispose();
    }

    // A mail that cannot be deleted is not acted on. One that is gone at the first attempt was withdrawn; at a later one it was
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
            _onMail(HostMail.Parse(_mail));
        }
    }

    private void BackOff(AwsException exception)
    {
        if (_failures == 0)
        {
            _machine.WriteConsole($"ec2runners: mailbox: {exception.Code} {exception.Message}");
        }

        var delay = Options.Retry * (1 << Math.Min(_failures++, MostDoublings));
        _poll.Set((delay / 2) + (_around.Jitter() * delay));
    }
}
