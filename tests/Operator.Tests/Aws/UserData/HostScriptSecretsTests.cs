using Operator.Aws.Mailboxes;
using Operator.Aws.UserData;

namespace Operator.Tests.Aws.UserData;

/// <summary>Secrets of the pool, which reach scripts and nobody else.</summary>
public sealed class HostScriptSecretsTests
{
    private const string Odd = "two\nlines, a \"quote\", $HOME, ä and an end\n\n";

    private static readonly HostSettings WithSecrets = Machine.Settings with
    {
        HasSecrets = true,
        PreRunnerScript = "#!/bin/bash\nprintf '%s' \"$ODD\" >\"$EC2RUNNERS_ROOT/odd\"\ncurl -s --data-binary \"token $TOKEN\" \"$EC2RUNNERS_IMDS/events\"\n",
    };

    private static string Secrets => SecretsText.Serialize(new Dictionary<string, string> { ["TOKEN"] = "abc/+=", ["ODD"] = Odd });

    [HostFact]
    public async Task Scripts_GetThem_JobsDoNot_AndTheMailboxIsEmpty()
    {
        await using var machine = await Machine.BootAsync(WithSecrets, (_, services) => services.Secrets = Secrets);
        await machine.SeeAsync("token abc/+=");

        await machine.StartRunnerAsync();

        Assert.Equal(Odd, machine.Read("odd"));
        Assert.Null(machine.Services.Secrets);
        Assert.DoesNotContain("TOKEN=", machine.Read("opt/actions-runner/environment"), StringComparison.Ordinal);
        Assert.Equal(0, machine.Events.Count("console ec2runners: mailbox"));
    }

    [HostFact]
    public async Task LeasesScript_GetsThem()
    {
        await using var machine = await Machine.BootAsync(WithSecrets with { PreRunnerScript = null }, (_, services) => services.Secrets = Secrets);
        var script = Convert.ToBase64String("#!/bin/bash\ncurl -s --data-binary \"lease $TOKEN\" \"$EC2RUNNERS_IMDS/events\"\n"u8);

        machine.Services.Put(new { action = "run", jitConfig = Machine.Jit, afterwards = "shutdown", preRunnerScript = script });

        await machine.SeeAsync("lease abc/+=");
    }

    [HostFact]
    public async Task NotThereYet_AreWaitedFor()
    {
        await using var machine = await Machine.BootAsync(WithSecrets);
        await machine.SeeAsync("ssm GetParameter", times: 3);

        machine.Services.Secrets = Secrets;

        await machine.StartRunnerAsync();
        await machine.SeeAsync("token abc/+=");
    }

    [HostFact]
    public async Task NeverThere_PowersOffInTheEnd()
    {
        await using var machine = await Machine.BootAsync(WithSecrets, prepare: null, ("SECRETS_PATIENCE", "100"));

        await machine.SeePowerOffAsync("the secrets of the pool did not arrive: HTTP 400");

        Assert.Equal(0, machine.Events.Count("token abc"));
    }

    [HostFact]
    public async Task CannotBeRemoved_RunsNoScript()
    {
        await using var machine = await Machine.BootAsync(WithSecrets, (_, services) =>
        {
            services.Secrets = Secrets;
            services.KeepsSecrets = true;
        });

        await machine.SeePowerOffAsync("the secrets of the pool cannot be removed from the mailbox");

        Assert.Equal(0, machine.Events.Count("token abc"));
    }
}
