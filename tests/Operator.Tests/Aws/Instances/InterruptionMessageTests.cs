using System.Text.Json.Nodes;
using Operator.Aws.Instances;
using Operator.Tests.Leases;

namespace Operator.Tests.Aws.Instances;

public sealed class InterruptionMessageTests
{
    private const string Id = "i-0123456789abcdef0";

    [Fact]
    public void SpotWarning_IsANotice_ThatEndsTwoMinutesAfterIt()
    {
        var message = InterruptionMessage.Parse(Event())!;

        Assert.Equal((Id, InterruptionNotice.Spot, NoticeSource.EventBridge), (message.InstanceId, message.Notice!.Reason, message.Notice.Source));
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 12, 2, 0, TimeSpan.Zero), message.Notice.EndsAt);
    }

    [Fact]
    public void RebalanceRecommendation_IsOne() =>
        Assert.Equal(InterruptionNotice.Rebalance, InterruptionMessage.Parse(Event("EC2 Instance Rebalance Recommendation"))!.Notice!.Reason);

    // There may be a topic between the rule and the queue.
    [Fact]
    public void WrappedBySns_IsTheSame() =>
        Assert.Equal(InterruptionMessage.Parse(Event()), InterruptionMessage.Parse(new JsonObject { ["Type"] = "Notification", ["Message"] = Event() }.ToJsonString()));

    [Theory]
    [InlineData("EC2 Instance State-change Notification", "aws.ec2")]
    [InlineData("EC2 Spot Instance Interruption Warning", "my.app")]
    [InlineData("AWS Health Event", "aws.health")]
    public void OtherEvent_ConcernsNoMachine(string type, string source) => Assert.Null(InterruptionMessage.Parse(Event(type, source))!.Notice);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Message":"no JSON"}""")]
    [InlineData("""{"Message":{}}""")]
    [InlineData("""{"detail-type":"EC2 Spot Instance Interruption Warning","source":"aws.ec2"}""")]
    [InlineData("""{"detail-type":"EC2 Spot Instance Interruption Warning","source":"aws.ec2","detail":[]}""")]
    [InlineData("""{"detail-type":"EC2 Spot Instance Interruption Warning","source":"aws.ec2","detail":{"instance-id":7}}""")]
    [InlineData("""{"detail-type":"EC2 Spot Instance Interruption Warning","source":"aws.ec2","detail":{"instance-id":"i-../../x"}}""")]
    public void Unreadable_IsNothing(string? body) => Assert.Null(InterruptionMessage.Parse(body));

    [Fact]
    public void TooLong_IsNothing() => Assert.Null(InterruptionMessage.Parse(Event() + new string(' ', 300_000)));

    [Fact]
    public void WithoutATime_EndIsNotKnown() => Assert.Null(InterruptionMessage.Parse(Event().Replace("2026-03-02T12:00:00Z", "noon", StringComparison.Ordinal))!.Notice!.EndsAt);

    [Theory]
    [InlineData("spot 2026-11-21T08:22:00Z", InterruptionNotice.Spot, true)]
    [InlineData("spot", InterruptionNotice.Spot, false)]
    [InlineData("spot soon", InterruptionNotice.Spot, false)]
    [InlineData("rebalance", InterruptionNotice.Rebalance, false)]
    [InlineData("", null, false)]
    [InlineData("SPOT", null, false)]
    [InlineData("anything else that a job may write", null, false)]
    public void Tag_IsRead(string tag, string? reason, bool hasEnd)
    {
        var notice = InterruptionNotice.Parse(tag);

        Assert.Equal((reason, hasEnd), (notice?.Reason, notice?.EndsAt is not null));
    }

    [Fact]
    public void Tag_TooLong_IsNothing() => Assert.Null(InterruptionNotice.Parse("spot " + new string('1', 60)));

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("SpotInterruption", "Host", true)]
    [InlineData("SpotInterruption", "SpotRequest", false)]
    [InlineData("RebalanceRecommended", "EventBridge", true)]
    public void Notice_IsNewsOnlyWhereItSaysMore(string? reason, string? source, bool expected) =>
        Assert.Equal(expected, new InterruptionNotice(InterruptionNotice.Spot, NoticeSource.EventBridge, Some.Now).Supersedes(reason, source));

    private static string Event(string type = "EC2 Spot Instance Interruption Warning", string source = "aws.ec2") => new JsonObject
    {
        ["version"] = "0",
        ["id"] = "1e5527d7-bb36-4607-3370-4164db56a40e",
        ["detail-type"] = type,
        ["source"] = source,
        ["account"] = "123456789012",
        ["time"] = "2026-03-02T12:00:00Z",
        ["region"] = "eu-central-1",
        ["resources"] = new JsonArray($"arn:aws:ec2:eu-central-1:123456789012:instance/{Id}"),
        ["detail"] = new JsonObject { ["instance-id"] = Id, ["instance-action"] = "terminate" },
    }.ToJsonString();
}
