using System.Diagnostics;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.HostScripts;
using Operator.Common;

namespace Operator.Tests.Aws.HostScripts;

public sealed class HostCommandsTests
{
    private readonly FakeEc2 _ssm = new();
    private readonly HostCommands _commands;

    public HostCommandsTests() => _commands = new(_ssm);

    [Fact]
    public async Task Send_IsForOneMachine_NamesIt_AndHasNoScriptOfThePool()
    {
        Assert.Equal("command-1", await _commands.SendAsync(AwsAccount.Default, "i-1", TimeSpan.FromDays(9), CancellationToken.None));

        var request = Assert.Single(_ssm.Requests.OfType<SendCommandRequest>());
        Assert.Equal(["i-1"], request.InstanceIds);
        Assert.Equal("172800", Assert.Single(request.Parameters["executionTimeout"])); // the most that Run Command allows
        Assert.InRange(request.Comment.Length, 1, 100);
        Assert.InRange(request.Parameters["commands"].Sum(line => line.Length), 1, 2000);
        Assert.Equal("command-1", await _commands.FindAsync(AwsAccount.Default, "i-1", CancellationToken.None));
        Assert.Null(await _commands.FindAsync(AwsAccount.Default, "i-2", CancellationToken.None));
    }

    [Fact]
    public async Task Script_IsAShellScript()
    {
        await _commands.SendAsync(AwsAccount.Default, "i-1", TimeSpan.FromHours(1), CancellationToken.None);
        var text = string.Join('\n', Assert.Single(_ssm.Requests.OfType<SendCommandRequest>()).Parameters["commands"]);

        using var shell = Process.Start(new ProcessStartInfo("sh", ["-n"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true })!;
        await shell.StandardInput.WriteAsync(text);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();

        Assert.Equal("", await shell.StandardError.ReadToEndAsync());
        Assert.Equal(0, shell.ExitCode);
    }

    [Fact]
    public async Task Agent_NotOnline_IsAskedForAgainSoon()
    {
        var missing = await Assert.ThrowsAsync<ProviderException>(() => _commands.EnsureOnlineAsync(AwsAccount.Default, "i-1", CancellationToken.None));
        Assert.Equal((HostCommands.AgentNotOnline, TimeSpan.FromSeconds(5)), (missing.Reason, missing.RetryAfter));
        _ssm.Agents.Add(new InstanceInformation { InstanceId = "i-0123456789abcdef0", PingStatus = "ConnectionLost" });
        await Assert.ThrowsAsync<ProviderException>(() => _commands.EnsureOnlineAsync(AwsAccount.Default, "i-1", CancellationToken.None));
        _ssm.Agents.Add(new InstanceInformation { InstanceId = "i-0123456789abcdef0", PingStatus = "Online" });
        await _commands.EnsureOnlineAsync(AwsAccount.Default, "i-1", CancellationToken.None);
        _ssm.Failure = new AwsException("SSM", "InvalidInstanceId", "not in a valid state");
        Assert.Equal(HostCommands.AgentNotOnline, (await Assert.ThrowsAsync<ProviderException>(() => _commands.SendAsync(AwsAccount.Default, "i-1", TimeSpan.FromHours(1), CancellationToken.None))).Reason);
    }

    [Theory]
    [InlineData("Pending", null)]
    [InlineData("InProgress", null)]
    [InlineData("Delayed", null)]
    [InlineData("Success", "Success")]
    [InlineData("Failed", "Failed")]
    [InlineData("TimedOut", "TimedOut")]
    public async Task End_IsKnownOnceItHasEnded(string status, string? expected)
    {
        _ssm.Invocation = new GetCommandInvocationResponse { Status = status, StatusDetails = status, ResponseCode = 3, StandardOutputContent = "out", StandardErrorContent = "err" };

        var end = await _commands.EndOfAsync(AwsAccount.Default, "i-1", "command-1", CancellationToken.None);

        Assert.Equal(expected, end?.Status);
        Assert.True(end is null or { ExitCode: 3, Output: "out\nerr" });
    }

    [Fact]
    public async Task End_NotVisibleYet_IsNone()
    {
        _ssm.Failure = new AwsException("SSM", "InvocationDoesNotExist", "");

        Assert.Null(await _commands.EndOfAsync(AwsAccount.Default, "i-1", "command-1", CancellationToken.None));
    }
}
