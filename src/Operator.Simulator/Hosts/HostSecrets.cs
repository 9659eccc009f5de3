using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Hosts;

/// <summary>What a host waits for in its mailbox before its scripts run: the values of Secrets.</summary>
internal sealed class HostSecrets(HostSurroundings around, Machine machine)
{
    private DateTimeOffset? _by;

    /// <summary>As the operator wrote them; empty for none.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Whether they have not arrived in time.</summary>
    public bool AreLate => around.Time.GetUtcNow() >= _by;

    /// <summary>Reads and deletes them, if they are there; true once that was done.</summary>
    /// <param name="mailbox">Where.</param>
    /// <param name="say">Writes to the console.</param>
    public bool Receive(string mailbox, Action<string> say)
    {
        if (Text.Length > 0)
        {
            return true;
        }

        _by ??= around.Time.GetUtcNow() + around.Options.SecretsPatience;
        try
        {
            var box = new HostMailbox(around.Aws, mailbox, machine.Id, ".secrets");
            if (box.Read() is { } secrets && box.Delete())
            {
                Text = secrets;
                return true;
            }
        }
        catch (AwsException exception)
        {
            say($"mailbox: {exception.Code} {exception.Message}");
        }

        return false;
    }
}
