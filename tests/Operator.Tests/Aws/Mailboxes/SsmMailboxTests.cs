using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Mailboxes;
using Operator.Common;
using Operator.Entities.RunnerLeases;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Mailboxes;

public sealed class SsmMailboxTests
{
    private const string Box = "/ec2runners/cluster/mailbox/i-1";
    private static readonly AwsAccount Account = AwsAccount.Default;
    private static readonly InstanceCommand.Run First = new("config", WaitAfterwards: false, Notify: false, TimeSpan.FromHours(1));

    private readonly FakeEc2 _aws = new();
    private readonly SsmMailbox _mailbox;

    public SsmMailboxTests() => _mailbox = new(_aws, new("cluster"), new ManualTimeProvider());

    // The tag is what lets this machine read it, and no other.
    [Fact]
    public async Task Put_IntoAnEmptyBox_IsEncryptedAndForThatMachineAlone()
    {
        await PutAsync(First);

        var put = Assert.IsType<PutParameterRequest>(Assert.Single(_aws.Requests));
        Assert.Equal(("SecureString", "i-1"), (put.Type.Value, put.Tags.Single(tag => tag.Key == "InstanceId").Value));
        Assert.Equal("""{"action":"run","jitConfig":"config","afterwards":"shutdown","maxRuntimeSeconds":"3600"}""", _aws.Parameters[Box]);
    }

    // A JIT configuration has up to five KiB.
    [Fact]
    public async Task Put_WithTheLongestScript_FitsIntoAParameter_AsBase64()
    {
        var script = "#!/bin/bash\r\n" + new string('~', RunnerLeaseSpec.MaxScriptLength - 13);
        await PutAsync(First with { JitConfig = new string('+', 5 * 1024), PreRunnerScript = script });

        Assert.InRange(_aws.Parameters[Box].Length, 1, 8 * 1024);
        var sent = System.Text.Json.Nodes.JsonNode.Parse(_aws.Parameters[Box])!["preRunnerScript"]!.ToString();
        Assert.Equal(script.Replace("\r\n", "\n"), System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(sent)));
        Assert.DoesNotContain("~", $"{First with { PreRunnerScript = script }}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_HowToRegister_IsLinesInBase64_AndTheToken()
    {
        await PutAsync(new InstanceCommand.Configure(new("https://ghes.example.com/my-org"), "linux-0-1", ["linux", "gpu"], "Build machines", "AAAA", Notify: true));
        await PutAsync(First with { JitConfig = null, RunnerName = "linux-0-1", Notify = true });

        var put = _aws.Requests.OfType<PutParameterRequest>().First();
        var sent = System.Text.Json.Nodes.JsonNode.Parse(put.Value)!;
        Assert.Equal(("configure", "AAAA"), (sent["action"]!.ToString(), sent["token"]!.ToString()));
        Assert.Equal("https://ghes.example.com/my-org\nlinux-0-1\nlinux,gpu\nBuild machines", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(sent["configuration"]!.ToString())));
        Assert.Equal(2, _aws.Requests.OfType<CreateTagsRequest>().Count());
        Assert.Equal("""{"action":"run","afterwards":"shutdown","maxRuntimeSeconds":"3600","runnerName":"linux-0-1"}""", _aws.Parameters[Box]);
    }

    [Fact]
    public async Task Put_OverUnreadMail_TakesItsPlace_WithoutTags_WhichSsmRefuses()
    {
        await PutAsync(First);
        await PutAsync(new InstanceCommand.Stop());

        Assert.Equal("""{"action":"stop"}""", _aws.Parameters[Box]);
        var put = _aws.Requests.OfType<PutParameterRequest>().Last();
        Assert.Equal((true, 0), (put.Overwrite, put.Tags.Count));
    }

    [Fact]
    public async Task Put_ForAMachineThatHasLookedBefore_ChangesItsWakeUpTag()
    {
        await PutAsync(First);
        Assert.Empty(_aws.Requests.OfType<CreateTagsRequest>());

        await PutAsync(First with { Notify = true });
        await PutAsync(new InstanceCommand.Stop());

        Assert.All(_aws.Requests.OfType<CreateTagsRequest>(), ring => Assert.Equal("i-1", Assert.Single(ring.Resources)));
        Assert.Equal(2, _aws.Requests.OfType<CreateTagsRequest>().Count());
    }

    // A command that has to wait does not hold a worker: it says when its turn comes.
    [Fact]
    public async Task Put_AfterThrottling_WaitsForItsTurn_ButStopsDoNot()
    {
        _aws.Failure = new AwsException("SSM", "ThrottlingException", "Rate exceeded");
        var throttled = await Assert.ThrowsAsync<ProviderException>(() => PutAsync(First));
        Assert.Equal(("Throttled", TimeSpan.Zero), (throttled.Reason, throttled.RetryAfter));
        _aws.Failure = null;

        var waits = await Assert.ThrowsAsync<ProviderException>(() => _mailbox.PutAsync(Account, "i-2", First, CancellationToken.None));
        Assert.Equal(TimeSpan.FromMilliseconds(50), waits.RetryAfter);
        await _mailbox.PutAsync(Account, "i-2", new InstanceCommand.Stop(), CancellationToken.None);
        await _mailbox.PutAsync(new("eu-west-1", null), "i-3", First, CancellationToken.None);
    }

    [Fact]
    public async Task Revoke_TellsWhetherItWasUnread()
    {
        await PutAsync(First);

        Assert.True(await _mailbox.HasCommandAsync(Account, "i-1", CancellationToken.None));
        Assert.True(await _mailbox.RevokeAsync(Account, "i-1", CancellationToken.None));
        Assert.False(await _mailbox.RevokeAsync(Account, "i-1", CancellationToken.None));
        Assert.False(await _mailbox.HasCommandAsync(Account, "i-1", CancellationToken.None));
    }

    [Fact]
    public async Task List_OfManyPages_NamesTheMachinesOfThisCluster()
    {
        _aws.PageSize = 1;
        await PutAsync(First);
        await _mailbox.PutAsync(Account, "i-2", First, CancellationToken.None);
        _aws.Parameters["/ec2runners/other/mailbox/i-3"] = "";

        Assert.Equal(["i-1", "i-2"], await _mailbox.ListAsync(Account, CancellationToken.None));
    }

    // "Not there" and "not to be seen" are not the same: only the first one proves that a machine has read its command.
    [Fact]
    public async Task Refused_IsNoAnswer()
    {
        _aws.Failure = new AwsException("SSM", "AccessDeniedException", "no");

        await Assert.ThrowsAnyAsync<ProviderException>(() => PutAsync(First));
        await Assert.ThrowsAnyAsync<ProviderException>(() => _mailbox.HasCommandAsync(Account, "i-1", CancellationToken.None));
        await Assert.ThrowsAnyAsync<ProviderException>(() => _mailbox.RevokeAsync(Account, "i-1", CancellationToken.None));
        await Assert.ThrowsAnyAsync<ProviderException>(() => _mailbox.ListAsync(Account, CancellationToken.None));
    }

    [Fact]
    public void Run_InALog_HidesItsConfig() => Assert.DoesNotContain("config", First.ToString(), StringComparison.Ordinal);

    private Task PutAsync(InstanceCommand command) => _mailbox.PutAsync(Account, "i-1", command, CancellationToken.None);
}
