using Operator.Simulator.Hosts;

namespace Operator.Simulator.Tests.Hosts;

public sealed class HostMailboxTests
{
    [Fact]
    public async Task Waiting_WakeUpTagChanges_ReadsWithinTwoSeconds()
    {
        await using var world = await HostWorld.BootAsync();
        world.PutCommand(HostWorld.Run("jit"));

        await world.ChangeWakeUpTagAsync();
        Assert.Empty(world.GitHub.Processes);
        world.Advance(2);

        Assert.Equal("jit", world.GitHub.Last.JitConfig);
    }

    [Fact]
    public async Task Waiting_WithoutWakeUpTag_ReadsSlowly()
    {
        await using var world = await HostWorld.BootAsync();
        world.PutCommand(HostWorld.Run("jit"));

        world.Advance(29);
        Assert.Empty(world.GitHub.Processes);
        world.Advance(11);

        Assert.Equal("jit", world.GitHub.Last.JitConfig);
    }

    [Fact]
    public async Task Waiting_WakeUpTagWasSeenOnce_ReadsSeldomWithoutIt()
    {
        await using var world = await HostWorld.BootAsync();
        await world.ChangeWakeUpTagAsync();
        world.Advance(2);
        world.PutCommand(HostWorld.Run("jit"));

        world.Advance(299);
        Assert.Empty(world.GitHub.Processes);
        world.Advance(34);

        Assert.Equal("jit", world.GitHub.Last.JitConfig);
    }

    [Fact]
    public async Task Waiting_DeniedAfterTheWakeUpTag_AsksAgainSoon()
    {
        await using var world = await HostWorld.BootAsync();
        world.Aws.Faults.On("host:ssm:GetParameter").Error(400, "AccessDeniedException").Times(2);

        await world.SendCommandAsync(HostWorld.Run("jit"));
        Assert.Empty(world.GitHub.Processes);
        world.Advance(5);

        Assert.Single(world.GitHub.Processes);
    }

    [Fact]
    public async Task Waiting_OtherTagChanges_DoesNotReadTheMailbox()
    {
        await using var world = await HostWorld.BootAsync();
        var reads = world.Aws.Calls.Count("host:");

        await world.Raw.Ec2Async("CreateTags", ("ResourceId.1", world.Id), ("Tag.1.Key", "Name"), ("Tag.1.Value", "x"));
        world.Advance(2);

        Assert.Equal(reads, world.Aws.Calls.Count("host:"));
    }

    [Fact]
    public async Task Waiting_TagsNotInMetadata_SeesNoWakeUpTag()
    {
        await using var world = await HostWorld.BootAsync(metadataTags: false);

        await world.SendCommandAsync(HostWorld.Run("jit"));
        Assert.Empty(world.GitHub.Processes);
        world.Advance(40);

        Assert.Single(world.GitHub.Processes);
    }

    [Fact]
    public async Task Waiting_MailOfAnotherMachine_IsNotRead()
    {
        await using var world = await HostWorld.BootAsync();
        world.PutCommand(HostWorld.Run("jit"), instanceIdTag: "i-0123456789abcdef0");

        await world.ChangeWakeUpTagAsync();
        world.Advance(60);

        Assert.Empty(world.GitHub.Processes);
        Assert.True(world.HasCommand);
        Assert.Contains("AccessDeniedException", world.Instance.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_ReadsAreThrottled_BacksOffAndReadsInTheEnd()
    {
        await using var world = await HostWorld.BootAsync();
        world.Aws.Faults.On("host:ssm:GetParameter").Error(400, "ThrottlingException").Times(3);

        await world.SendCommandAsync(HostWorld.Run("jit"));
        Assert.Empty(world.GitHub.Processes);
        world.Advance(12);

        Assert.Single(world.GitHub.Processes);
        Assert.Equal(1 + 3 + 1, world.Aws.Calls.Count("host:ssm:GetParameter"));
    }

    [Fact]
    public async Task Taking_AnswerOfTheDeleteIsLost_ActsOnTheMailOnce()
    {
        await using var world = await HostWorld.BootAsync();
        world.Aws.Faults.On("host:ssm:DeleteParameter").LoseAnswer().Times(1);

        await world.SendCommandAsync(HostWorld.Run("jit"));
        Assert.Empty(world.GitHub.Processes);
        world.Advance(1);

        Assert.Equal("jit", Assert.Single(world.GitHub.Processes).JitConfig);
    }

    [Fact]
    public async Task Taking_DeleteFailsOnce_ActsOnTheMailWhenItSucceeds()
    {
        await using var world = await HostWorld.BootAsync();
        world.Aws.Faults.On("host:ssm:DeleteParameter").Error(500, "InternalServerError").Times(1);
        await world.SendCommandAsync(HostWorld.Run("jit"));
        Assert.True(world.HasCommand);
        Assert.Empty(world.GitHub.Processes);

        world.Advance(1);

        Assert.False(world.HasCommand);
        Assert.Single(world.GitHub.Processes);
    }

    [Fact]
    public async Task Taking_DeleteNeverSucceeds_TheMailIsNotActedOn()
    {
        await using var world = await HostWorld.BootAsync();
        world.Aws.Faults.On("host:ssm:DeleteParameter").Error(400, "AccessDeniedException");

        await world.SendCommandAsync(HostWorld.Run("jit"));
        world.Advance(120);

        Assert.Empty(world.GitHub.Processes);
        Assert.True(world.HasCommand);
    }

    [Fact]
    public async Task Waiting_StopMail_PowersOff()
    {
        await using var world = await HostWorld.BootAsync();

        await world.SendCommandAsync(HostWorld.Stop);

        world.AssertOff();
        Assert.False(world.HasCommand);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"jitConfig":"x"}""")]
    [InlineData("[]")]
    public async Task Waiting_UnreadableMail_IsRemovedAndTheHostWaitsOn(string mail)
    {
        await using var world = await HostWorld.BootAsync();

        await world.SendCommandAsync(mail);

        Assert.Equal(HostPhase.Waiting, world.Phase);
        Assert.False(world.HasCommand);
    }

    [Fact]
    public async Task Waiting_ManyHosts_ShareTheRequestBucketWithTheOperator()
    {
        await using var world = await HostWorld.BootAsync();
        for (var call = 0; call < 40; call++)
        {
            world.Aws.ParameterStore.Throttle("GetParameter");
        }

        Assert.Equal("ThrottlingException", await world.Raw.SsmErrorAsync("GetParameter", new { Name = "/x" }));
    }
}
