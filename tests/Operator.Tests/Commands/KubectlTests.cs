using System.Text;
using System.Text.Json.Nodes;
using Operator.Commands;
using Operator.Commands.Kubectl;
using Operator.Entities;
using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.Tests.Aws;
using Operator.Tests.Leases;

namespace Operator.Tests.Commands;

public sealed class KubectlTests
{
    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(330, "5m30s")]
    [InlineData(3600, "60m")]
    [InlineData((3 * 3600) + 600, "3h10m")]
    [InlineData(47 * 3600, "47h")]
    [InlineData(49 * 3600, "2d1h")]
    [InlineData(30 * 24 * 3600, "30d")]
    public void Age_IsWrittenAsKubectlDoes(int seconds, string expected) => Assert.Equal(expected, KubectlTable.Age(Some.Now.AddSeconds(-seconds), Some.Now));

    [Fact]
    public void Pools_Table_HasTheColumnsOfGet_AndWideMore()
    {
        var table = PoolsCommand.Print([Pool()], format: null, withNamespace: false, Some.Now).Split('\n');

        Assert.Equal("NAME    SOURCE     MINIDLE   MAX   WAITING   TOTAL   BOOTING   IDLE   BUSY   TODAY   READY   REASON         AGE", table[0]);
        Assert.Equal("linux   ScaleSet   2         20    3         20      1         0      19     $5.00   True    AtMaxRunners   4h", table[1]);
        Assert.StartsWith("NAMESPACE   NAME", PoolsCommand.Print([Pool()], "wide", withNamespace: true, Some.Now), StringComparison.Ordinal);
        Assert.Contains("3 jobs wait", PoolsCommand.Print([Pool()], "wide", withNamespace: true, Some.Now), StringComparison.Ordinal);
    }

    [Fact]
    public void Pools_OtherFormats_AreForPrograms()
    {
        Assert.Equal("runnerpool.ec2runners.dev/linux\n", PoolsCommand.Print([Pool()], "name", withNamespace: false, Some.Now));
        Assert.Equal("RunnerPool", JsonNode.Parse(PoolsCommand.Print([Pool()], "json", withNamespace: false, Some.Now))!["items"]![0]!["kind"]!.ToString());
        Assert.Equal("linux", Operator.Common.YamlDocuments.Parse(PoolsCommand.Print([Pool()], "yaml", withNamespace: false, Some.Now))[0]["items"]![0]!["metadata"]!["name"]!.ToString());
    }

    [Fact]
    public void Why_Pool_SaysWhatWaitsAndWhichConditionsFail()
    {
        var waiting = Some.Lease("linux-7", lease => lease.Status!.Conditions = [Condition("Ready", "False", "PoolAtCapacity", "the pool has reached maxRunners")]);

        var text = Explanation.Of(Pool(), [waiting, Some.Idle("other-0", lease => lease.Spec.PoolName = "other")], [Event("RunnerPool", "linux"), Event("RunnerPool", "other")], Some.Now).ToText(Some.Now);

        Assert.StartsWith("RunnerPool ci/linux: Ready=True AtMaxRunners: 3 jobs wait; raise spec.capacity.maxRunners (20)\n", text, StringComparison.Ordinal);
        Assert.Contains("3 jobs wait; 20 runners of at most 20: 0 pending, 1 booting, 0 idle, 19 busy, 0 draining", text, StringComparison.Ordinal);
        Assert.Contains("CapacityAvailable=False InsufficientCapacity: no spot", text, StringComparison.Ordinal);
        Assert.Contains("lease linux-7, Pending for 20m: PoolAtCapacity: the pool has reached maxRunners", text, StringComparison.Ordinal);
        Assert.DoesNotContain("other", text, StringComparison.Ordinal);
        Assert.Matches(@"LAST SEEN +TYPE +REASON +MESSAGE\n  60s +Warning +AtMaxRunners +3 jobs wait\n", text);
    }

    [Theory]
    [InlineData("spot", null, null, 1, "bought spot, as the pool does")]
    [InlineData("on-demand", "on-demand", null, 1, "the lease asks for it")]
    [InlineData("on-demand", "on-demand", "linux-3-1", 1, "the job of linux-3-1 was lost")]
    [InlineData("on-demand", null, null, 3, "3 attempts, spot had no capacity")]
    [InlineData("on-demand", null, null, 1, "onDemandBase")]
    public void Why_Lease_SaysWhyItsMachineWasBoughtSo(string bought, string? asked, string? rerunOf, int attempts, string expected)
    {
        var lease = Some.Busy("linux-0", lease =>
        {
            lease.Status!.Launch!.UsageClass = lease.Status.Instance!.UsageClass = bought;
            lease.Status.Launch.Attempt = attempts;
            lease.Spec.UsageClass = asked is null ? null : UsageClass.OnDemand;
            lease.Metadata.Annotations = rerunOf is null ? null : new() { [Annotations.RerunOf] = rerunOf };
        });

        var details = string.Join('\n', Explanation.Of(lease, Pool(), [], Some.Now).Details);

        Assert.Contains(expected, details, StringComparison.Ordinal);
        Assert.Contains("has i-linux-0, m7a.large in a", details, StringComparison.Ordinal);
    }

    [Fact]
    public void Why_Job_FindsItsLease_OrThePoolsInWhichJobsWait()
    {
        var busy = Some.Busy("linux-0", lease => lease.Status!.Job!.Id = "77");
        var made = Some.Lease("linux-1", lease => lease.Metadata.Labels = new() { [Labels.Job] = "78" });

        Assert.Contains("runs job 77", WhyCommand.OfJob("77", [Pool()], [busy, made], [], Some.Now).Single().Details[0], StringComparison.Ordinal);
        Assert.Contains("was made for job 78", WhyCommand.OfJob("78", [Pool()], [busy, made], [], Some.Now).Single().Details[0], StringComparison.Ordinal);
        Assert.Equal(["Job", "RunnerPool"], WhyCommand.OfJob("79", [Pool()], [busy, made], [], Some.Now).Select(one => one.Kind));
        Assert.Contains("has ended", Assert.Single(WhyCommand.OfJob("79", [], [], [], Some.Now)).Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux", null, "linux")]
    [InlineData("pool/linux", "pool", "linux")]
    [InlineData("rlease/linux-0", "lease", "linux-0")]
    [InlineData("job/77", "job", "77")]
    public void Target_KindAndName(string text, string? kind, string name) => Assert.Equal((kind, name), KubectlSession.Split(text));

    [Theory]
    [InlineData("pod/x")]
    [InlineData("job/x")]
    [InlineData("Linux")]
    [InlineData("pool/")]
    public void Target_AnythingElse_IsRefused(string text) =>
        Assert.Contains("is not pool/NAME, lease/NAME or job/NUMBER", Assert.Throws<CommandException>(() => KubectlSession.Split(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "eu-central-1a", "eu-central-1")]
    [InlineData("us-east-1", "eu-central-1a", "us-east-1")]
    public void Machine_RegionIsThatOfTheLaunch_OrOfTheZone(string? region, string zone, string expected)
    {
        var lease = Some.Idle(change: lease => (lease.Status!.Launch!.Region, lease.Status.Instance!.Zone) = (region, zone));

        Assert.Equal(("i-linux-0", expected), LogsCommand.MachineOf(lease));
        Assert.Equal($"ssm start-session --target i-linux-0 --region {expected}", string.Join(' ', ConnectCommand.ArgumentsOf(LogsCommand.MachineOf(lease))));
    }

    [Fact]
    public void Machine_LeaseWithoutOne_SaysHowToFindOut() =>
        Assert.Contains("kubectl runners why lease/linux-0", Assert.Throws<CommandException>(() => LogsCommand.MachineOf(Some.Lease())).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Logs_AreDecoded_AndNoneIsSaid()
    {
        var ec2 = new FakeEc2 { Console = id => id == "i-1" ? Convert.ToBase64String(Encoding.UTF8.GetBytes("ec2runners: ready\r\n\n")) : "" };

        Assert.Equal("ec2runners: ready\n", await LogsCommand.ReadAsync(ec2, "i-1", default));
        Assert.Contains("no console output of i-2 yet", (await Assert.ThrowsAsync<CommandException>(() => LogsCommand.ReadAsync(ec2, "i-2", default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_NamesEveryCommand()
    {
        var output = new StringWriter();

        Assert.Equal(0, await CommandLine.RunAsync(KubectlCommands.Root(), ["--help"], output, output));
        Assert.All(["pools", "why", "logs", "connect", "drain", "resume", "rotate", "cost"], name => Assert.Contains($"  {name} ", output.ToString(), StringComparison.Ordinal));
    }

    private static V1Alpha1RunnerPool Pool() => new()
    {
        Metadata = { Name = "linux", NamespaceProperty = "ci", CreationTimestamp = Some.Now.AddHours(-4) },
        Spec = { GitHub = new() { Labels = ["linux"] } },
        Status = new()
        {
            Waiting = 3,
            Runners = new() { Total = 20, Booting = 1, Busy = 19 },
            Capacity = new() { IdleRunners = 2, MaxRunners = 20, UsageClass = UsageClass.Spot },
            Cost = new() { Today = "5", ThisMonth = "50", AsOf = Some.Now },
            Conditions =
            [
                Condition("Accepted", "True", "Valid", "the spec is valid"),
                Condition("CapacityAvailable", "False", "InsufficientCapacity", "no spot"),
                Condition("Ready", "True", "AtMaxRunners", "3 jobs wait; raise spec.capacity.maxRunners (20)"),
            ],
        },
    };

    private static V1Condition Condition(string type, string status, string reason, string message) => new() { Type = type, Status = status, Reason = reason, Message = message };

    private static ShownEvent Event(string kind, string name) => new()
    {
        InvolvedObject = new(kind, name),
        Type = "Warning",
        Reason = "AtMaxRunners",
        Message = "3 jobs wait",
        LastTimestamp = Some.Now.AddSeconds(-60),
    };
}
