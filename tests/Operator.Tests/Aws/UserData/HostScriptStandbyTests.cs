using System.Globalization;

namespace Operator.Tests.Aws.UserData;

/// <summary>A machine that is prepared for standby, stopped or hibernated, and started again.</summary>
public sealed class HostScriptStandbyTests
{
    private const string PerBoot = "var/lib/cloud/scripts/per-boot/ec2runners";

    [HostFact]
    public async Task Standby_Commanded_CancelsTheShutdown_AndServesTheNextCommand()
    {
        await using var machine = await BootAsync();

        machine.Services.Put(new { action = "standby" });
        await machine.SeeAsync("console ec2runners: prepared for standby");
        await machine.SeeAsync("shutdown -c");
        Assert.Contains("again", machine.Read(PerBoot), StringComparison.Ordinal);

        // Hibernated and resumed, it goes on here.
        await machine.StartRunnerAsync("wait");
        Assert.Equal(0, machine.Events.Count("poweroff"));
    }

    [HostFact]
    public async Task Started_AfterAStop_WaitsForACommand_WithoutRunningItsScriptsAgain_AndOnlyOnce()
    {
        await using var machine = await BootAsync(Machine.Settings with
        {
            PreRunnerScript = "#!/bin/bash\ncurl -s --data-binary \"setup ran\" \"$EC2RUNNERS_IMDS/events\"\n",
        });
        machine.Services.Put(new { action = "standby" });
        await machine.SeeAsync("console ec2runners: prepared for standby");
        machine.PowerCut();

        machine.RunAtBoot(PerBoot);
        await machine.SeeAsync("console ec2runners: waiting for a command", times: 2);
        await machine.StartRunnerAsync();

        Assert.Equal(1, machine.Events.Count("setup ran"));
        Assert.Contains("poweroff", machine.Read(PerBoot), StringComparison.Ordinal);
        Assert.Equal(0, machine.Events.Count("poweroff"));
    }

    // EC2 stops the machine by the power button: the script must not take that for a failure.
    [HostFact]
    public async Task Standby_ScriptIsEndedByTheStop_DoesNotPowerOff()
    {
        await using var machine = await BootAsync();
        machine.Services.Put(new { action = "standby" });
        await machine.SeeAsync("console ec2runners: prepared for standby");

        machine.EndScript();
        await machine.EndedAsync();

        Assert.Equal(0, machine.Events.Count("console ec2runners: the host script ended unexpectedly"));
    }

    [HostFact]
    public async Task Hibernated_ForDays_DoesNotAge()
    {
        await using var machine = await BootAsync(
            Machine.Settings with { MaxAge = TimeSpan.FromHours(1) }, root => SetUptime(root, 100), ("UPTIME", "uptime"));
        machine.Services.Put(new { action = "standby" });
        await machine.SeeAsync("console ec2runners: prepared for standby");

        SetUptime(machine.Root, 100 + (3 * 86400));
        await machine.StartRunnerAsync("wait");
        await machine.SeeAsync("shutdown -P");
        SetUptime(machine.Root, 100 + (3 * 86400) + 30);
        machine.Services.Put(Machine.Run("b3RoZXI=", "wait"));
        await machine.SeeAsync("runner started b3RoZXI=");

        Assert.Equal(0, machine.Events.Count("poweroff"));
    }

    private static Task<Machine> BootAsync(Operator.Aws.UserData.HostSettings? settings = null, Action<string>? prepare = null, params (string Name, string Value)[] timings) => Machine.BootAsync(
        settings,
        (root, _) =>
        {
            Directory.CreateDirectory(Path.Combine(root, Path.GetDirectoryName(PerBoot)!));
            prepare?.Invoke(root);
        },
        timings);

    private static void SetUptime(string root, int seconds)
    {
        var file = Path.Combine(root, "uptime");
        File.WriteAllText(file + ".new", seconds.ToString("0.00", CultureInfo.InvariantCulture) + " 1.00\n");
        File.Move(file + ".new", file, overwrite: true);
    }
}
