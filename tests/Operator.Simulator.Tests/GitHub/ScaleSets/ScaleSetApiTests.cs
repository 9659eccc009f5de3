namespace Operator.Simulator.Tests.GitHub.ScaleSets;

public sealed class ScaleSetApiTests : ScaleSetFixture
{
    private const string Sets = "runtime/runnerscalesets";
    private const string Agents = "distributedtask/pools/0/agents";

    [Fact]
    public async Task ScaleSet_Created_IsShownInTheCasingsOfTheProtocol()
    {
        await ConnectAsync();
        var id = await CreateAsync("linux", "Linux", "large");

        var set = await CallAsync(HttpMethod.Get, $"{Sets}/{id}", 200);

        Assert.Equal(
            ["id", "name", "runnerGroupId", "runnerGroupName", "labels", "RunnerSetting", "createdOn", "runnerJitConfigUrl", "statistics"],
            set.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("linux", 1L, "Default"), (set.GetProperty("name").GetString(), set.GetProperty("runnerGroupId").GetInt64(), set.GetProperty("runnerGroupName").GetString()));
        Assert.Equal(["System Linux", "System large"], set.GetProperty("labels").EnumerateArray().Select(label => $"{label.GetProperty("type")} {label.GetProperty("name")}"));
        Assert.False(set.GetProperty("RunnerSetting").GetProperty("disableUpdate").GetBoolean());
        Assert.Matches("(Z|[+]00:00)$", set.GetProperty("createdOn").GetString()!);
        Assert.Equal(
            ["totalAvailableJobs", "totalAcquiredJobs", "totalAssignedJobs", "totalRunningJobs", "totalRegisteredRunners", "totalBusyRunners", "totalIdleRunners"],
            set.GetProperty("statistics").EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task ScaleSets_ListedByNameAndGroup_AreCounted()
    {
        var gpu = GitHub.AddRunnerGroup(Org, "gpu");
        await ConnectAsync();
        var id = await CreateAsync("linux");

        Assert.Equal(id, (await CallAsync(HttpMethod.Get, $"{Sets}?runnerGroupId=1&name=LINUX", 200)).GetProperty("value")[0].GetProperty("id").GetInt64());
        foreach (var query in (string[])[$"runnerGroupId={gpu}&name=linux", "runnerGroupId=1&name=other"])
        {
            Assert.Equal(0, (await CallAsync(HttpMethod.Get, $"{Sets}?{query}", 200)).GetProperty("count").GetInt32());
        }
    }

    [Fact]
    public async Task ScaleSet_Unknown_Is404InTheServicesWords()
    {
        await ConnectAsync();

        var error = await CallAsync(HttpMethod.Get, $"{Sets}/77", 404);

        Assert.Equal(["typeName", "message"], error.EnumerateObject().Select(property => property.Name));
        await CallAsync(HttpMethod.Delete, $"{Sets}/77", 404);
        await CallAsync(HttpMethod.Post, $"{Sets}/77/sessions", 404, """{"ownerName":"me"}""");
    }

    [Fact]
    public async Task ScaleSet_OfAnotherPlace_IsNotSeen()
    {
        await ConnectAsync();
        var id = await CreateAsync("linux");
        await ConnectAsync("repos/my-org/app");

        await CallAsync(HttpMethod.Get, $"{Sets}/{id}", 404);
    }

    [Theory]
    [InlineData("""{"name":"linux"}""", 409, "RunnerScaleSetExistsException")]
    [InlineData("""{"name":"LINUX","runnerGroupId":1}""", 409, "RunnerScaleSetExistsException")]
    [InlineData("""{"name":"other","runnerGroupId":9}""", 404, "RunnerGroupNotFoundException")]
    [InlineData("""{"name":""}""", 400, "ArgumentException")]
    [InlineData("""{"name":"other","labels":[{"name":"a,b"}]}""", 400, "ArgumentException")]
    [InlineData("""{"name":"other","labels":[{"name":" "}]}""", 400, "ArgumentException")]
    [InlineData("not json", 400, "ArgumentException")]
    public async Task Create_BadRequest_IsRefused(string body, int status, string type)
    {
        await ConnectAsync();
        await CreateAsync("linux");

        Assert.Equal(type, (await CallAsync(HttpMethod.Post, Sets, status, body)).GetProperty("typeName").GetString());
        Assert.Single(GitHub.ScaleSets.All);
    }

    [Fact]
    public async Task Update_EmptyFields_LeaveWhatIsThere()
    {
        var gpu = GitHub.AddRunnerGroup(Org, "gpu");
        await ConnectAsync();
        var id = await CreateAsync("linux", "large");
        await CallAsync(HttpMethod.Patch, $"{Sets}/{id}", 200, """{"runnersetting":{"DISABLEUPDATE":true}}""");

        var set = await CallAsync(
            HttpMethod.Patch, $"{Sets}/{id}", 200, $$"""{"id":0,"name":"","runnerGroupId":{{gpu}},"labels":null,"RunnerSetting":{},"createdOn":"0001-01-01T00:00:00Z"}""");

        Assert.Equal(("linux", "gpu", "large"), (set.GetProperty("name").GetString(), set.GetProperty("runnerGroupName").GetString(), set.GetProperty("labels")[0].GetProperty("name").GetString()));
        Assert.True(set.GetProperty("RunnerSetting").GetProperty("disableUpdate").GetBoolean());
        Assert.Equal(Clock.GetUtcNow(), set.GetProperty("createdOn").GetDateTimeOffset());
    }

    [Fact]
    public async Task Delete_ScaleSet_TakesItsIdleRunnersAlong()
    {
        await ConnectAsync();
        var id = await CreateAsync("linux");
        var host = await StartSetRunnerAsync(id, "r-1");

        await CallAsync(HttpMethod.Delete, $"{Sets}/{id}", 204);

        Assert.Empty(GitHub.ScaleSets.All);
        Assert.Equal(["exit without job"], host.Events);
    }

    [Fact]
    public async Task Delete_WhileAJobIsAssigned_IsRefused()
    {
        await ConnectAsync();
        var id = await CreateAsync("linux");
        var listener = await ListenAsync(id);
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        await listener.ServeAsync();

        await CallAsync(HttpMethod.Delete, $"{Sets}/{id}", 409);
        GitHub.CancelJob(GitHub.Jobs[0].Id);
        await CallAsync(HttpMethod.Delete, $"{Sets}/{id}", 204);
    }

    [Fact]
    public async Task ScaleSet_UnusedForAWeek_IsGone()
    {
        await ConnectAsync();
        await CreateAsync("linux");
        Clock.Advance(TimeSpan.FromDays(7.1));
        await ConnectAsync();

        Assert.Equal(0, (await CallAsync(HttpMethod.Get, Sets, 200)).GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Agents_OfAScaleSet_AreFoundByIdAndName()
    {
        await ConnectAsync();
        var id = await CreateAsync("linux");
        var host = await StartSetRunnerAsync(id, "r-1");

        var agent = await CallAsync(HttpMethod.Get, $"{Agents}/{host.RunnerId}", 200);
        var list = await CallAsync(HttpMethod.Get, $"{Agents}?agentName=r-1", 200);

        Assert.Equal((host.RunnerId, "r-1", id), (agent.GetProperty("id").GetInt64(), agent.GetProperty("name").GetString(), agent.GetProperty("runnerScaleSetId").GetInt64()));
        Assert.Equal((1, host.RunnerId), (list.GetProperty("count").GetInt32(), list.GetProperty("value")[0].GetProperty("id").GetInt64()));
        Assert.Equal(0, (await CallAsync(HttpMethod.Get, $"{Agents}?agentName=none", 200)).GetProperty("count").GetInt32());
        Assert.Equal("AgentNotFoundException", (await CallAsync(HttpMethod.Get, $"{Agents}/99", 404)).GetProperty("typeName").GetString());
    }

    [Fact]
    public async Task Agent_Deleted_Is204EvenWhenThereIsNone()
    {
        await ConnectAsync();
        var host = await StartSetRunnerAsync(await CreateAsync("linux"), "r-1");

        await CallAsync(HttpMethod.Delete, $"{Agents}/{host.RunnerId}", 204);
        await CallAsync(HttpMethod.Delete, $"{Agents}/{host.RunnerId}", 204);

        Assert.Equal(["exit without job"], host.Events);
    }

    [Fact]
    public async Task Agent_BusyWithAJob_IsRefusedHereAndInTheRestApi()
    {
        await ConnectAsync();
        var id = await CreateAsync("linux");
        var listener = await ListenAsync(id);
        var host = await StartSetRunnerAsync(id, "r-1");
        GitHub.QueueJob(Repo, ["linux"], TenMinutes);
        await listener.ServeAsync();
        Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("JobStillRunningException", (await CallAsync(HttpMethod.Delete, $"{Agents}/{host.RunnerId}", 400)).GetProperty("typeName").GetString());
        Assert.Equal(422, await DeleteAsync($"{Org}/actions/runners/{host.RunnerId}"));
        Assert.True((await GetAsync($"{Org}/actions/runners?name=r-1")).GetProperty("runners")[0].GetProperty("busy").GetBoolean());
    }

    [Fact]
    public async Task JitConfig_NameTaken_IsAgentExistsException()
    {
        await ConnectAsync();
        var id = await CreateAsync("linux");
        await StartSetRunnerAsync(id, "r-1");

        var error = await CallAsync(HttpMethod.Post, $"{Sets}/{id}/generatejitconfig", 409, """{"name":"R-1"}""");

        Assert.Contains("AgentExistsException", error.GetProperty("typeName").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunnerOfAScaleSet_Idle_IsListedAndDeletedInTheRestApi()
    {
        await ConnectAsync();
        var host = await StartSetRunnerAsync(await CreateAsync("linux", "large"), "r-1");

        var runner = (await GetAsync($"{Org}/actions/runners")).GetProperty("runners")[0];
        Assert.Equal(["large", "linux"], runner.GetProperty("labels").EnumerateArray().Select(label => label.GetProperty("name").GetString()));
        Assert.Equal(204, await DeleteAsync($"{Org}/actions/runners/{host.RunnerId}"));
        Assert.Equal(["exit without job"], host.Events);
    }

    [Fact]
    public async Task EveryCall_InjectedError_IsInTheServicesWords()
    {
        await ConnectAsync();
        Faults.On("github:CreateScaleSet").Error(500, "GatewayException", retryAfter: TimeSpan.FromSeconds(3)).Times(1);

        using var answer = await SendAsync(HttpMethod.Post, Sets, """{"name":"linux"}""");

        Assert.Equal("GatewayException", (await ReadAsync(answer, 500)).GetProperty("typeName").GetString());
        Assert.Equal(TimeSpan.FromSeconds(3), answer.Headers.RetryAfter!.Delta);
        Assert.Empty(GitHub.ScaleSets.All);
    }
}
