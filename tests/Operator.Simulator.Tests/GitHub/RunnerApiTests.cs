using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Operator.Simulator.Tests.GitHub;

public sealed class RunnerApiTests : GitHubFixture
{
    public static TheoryData<string> Places
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (var place in (string[])["repos/my-org/app", "orgs/my-org", "enterprises/big"])
            {
                data.Add(place);
                data.Add($"api/v3/{place}");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Runner_InEveryPlace_IsMadeListedAndDeleted(string place)
    {
        using var made = await PostJitAsync(place, "r-1", "Large", "self-hosted");
        var runner = (await ReadAsync(made, 201)).GetProperty("runner");
        var id = runner.GetProperty("id").GetInt64();

        Assert.Equal("offline", runner.GetProperty("status").GetString());
        Assert.Equal("r-1", (await GetAsync($"{place}/actions/runners/{id}")).GetProperty("name").GetString());
        var list = await GetAsync($"{place}/actions/runners");
        Assert.Equal(1, list.GetProperty("total_count").GetInt32());
        Assert.Equal(
            ["Large custom", "self-hosted read-only"],
            list.GetProperty("runners")[0].GetProperty("labels").EnumerateArray().Select(label => $"{label.GetProperty("name")} {label.GetProperty("type")}"));
        Assert.Equal(204, await DeleteAsync($"{place}/actions/runners/{id}"));
        Assert.Equal(404, await DeleteAsync($"{place}/actions/runners/{id}"));
        await GetAsync($"{place}/actions/runners/{id}", 404);
        Assert.Empty(GitHub.Runners);
    }

    [Fact]
    public async Task JitConfig_Encoded_HoldsTheRunnersFiles()
    {
        var (id, config) = await RegisterAsync("r-1", "large");

        var files = JsonElement.Parse(Convert.FromBase64String(config));
        var settings = JsonElement.Parse(files.GetProperty(".runner").GetBytesFromBase64());
        Assert.Equal(($"{id}", "r-1"), (settings.GetProperty("agentId").GetString(), settings.GetProperty("agentName").GetString()));
        Assert.True(files.TryGetProperty(".credentials", out _));
        Assert.True(files.TryGetProperty(".credentials_rsaparams", out _));
    }

    [Fact]
    public async Task JitConfig_NameTaken_Is409WhateverItsCase()
    {
        await RegisterAsync("r-1", "large");
        using var answer = await PostJitAsync(Org, "R-1", "large");

        Assert.Contains("already exists", (await ReadAsync(answer, 409)).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Single(GitHub.Runners);
    }

    [Theory]
    [InlineData("""{"name":"r","runner_group_id":1,"labels":[]}""", 422)]
    [InlineData("""{"name":"r","runner_group_id":1,"labels":[" "]}""", 422)]
    [InlineData("""{"name":"r","runner_group_id":1}""", 422)]
    [InlineData("""{"name":"r","labels":["l"]}""", 422)]
    [InlineData("""{"name":"r","runner_group_id":"one","labels":["l"]}""", 422)]
    [InlineData("""{"name":"","runner_group_id":1,"labels":["l"]}""", 422)]
    [InlineData("""{"name":"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff12345","runner_group_id":1,"labels":["l"]}""", 422)]
    [InlineData("not json", 422)]
    [InlineData("[]", 422)]
    [InlineData("""{"name":"r","runner_group_id":9,"labels":["l"]}""", 404)]
    public async Task JitConfig_BadRequest_IsRefused(string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri($"{Org}/actions/runners/generate-jitconfig", UriKind.Relative), content);

        await ReadAsync(answer, status);
        Assert.Empty(GitHub.Runners);
    }

    [Fact]
    public async Task JitConfig_UnknownOrganization_Is404()
    {
        using var answer = await PostJitAsync("orgs/nobody", "r-1", "large");

        await ReadAsync(answer, 404);
    }

    [Fact]
    public async Task ListRunners_Pages_AreLinked()
    {
        for (var i = 1; i <= 5; i++)
        {
            await RegisterAsync($"r-{i}", "large");
        }

        var seen = new List<string>();
        for (var path = $"api/v3/{Org}/actions/runners?per_page=2"; path.Length > 0;)
        {
            using var answer = await Http.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute));
            seen.AddRange((await ReadAsync(answer, 200)).GetProperty("runners").EnumerateArray().Select(runner => runner.GetProperty("name").GetString()!));
            var link = answer.Headers.TryGetValues("Link", out var links) ? links.Single() : "";
            path = link.Split(", ").FirstOrDefault(part => part.EndsWith("rel=\"next\"", StringComparison.Ordinal))?.Split('<', '>')[1] ?? "";
        }

        Assert.Equal(["r-1", "r-2", "r-3", "r-4", "r-5"], seen);
        Assert.Equal(3, Calls.Count("github:ListRunners"));
    }

    [Fact]
    public async Task ListRunners_ByName_FindsOne()
    {
        await RegisterAsync("r-1", "large");
        await RegisterAsync("r-10", "large");

        var list = await GetAsync($"{Org}/actions/runners?name=r-1");

        Assert.Equal("r-1", Assert.Single(list.GetProperty("runners").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(0, (await GetAsync($"{Org}/actions/runners?name=none")).GetProperty("total_count").GetInt32());
    }

    [Fact]
    public async Task ListRunners_Unchanged_Is304AndNotCounted()
    {
        await RegisterAsync("r-1", "large");
        var path = new Uri($"{Org}/actions/runners", UriKind.Relative);
        using var first = await Http.GetAsync(path);
        Http.DefaultRequestHeaders.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await Http.GetAsync(path);
        Assert.Equal((304, Remaining(first)), ((int)second.StatusCode, Remaining(second)));

        await RegisterAsync("r-2", "large");
        using var third = await Http.GetAsync(path);
        Assert.Equal((200, Remaining(first) - 1), ((int)third.StatusCode, Remaining(third)));
    }

    [Fact]
    public async Task ListRunners_Foreign_IsListedAsDeclared()
    {
        var id = GitHub.AddForeignRunner(Org, "theirs", ["large"], online: true, busy: true);

        var runner = await GetAsync($"{Org}/actions/runners/{id}");

        Assert.Equal(("online", true), (runner.GetProperty("status").GetString(), runner.GetProperty("busy").GetBoolean()));
        Assert.Equal(422, await DeleteAsync($"{Org}/actions/runners/{id}"));
    }

    [Fact]
    public async Task RunnerGroups_OfAnOrganization_AreListed()
    {
        var id = GitHub.AddRunnerGroup(Org, "gpu");

        var groups = (await GetAsync($"{Org}/actions/runner-groups")).GetProperty("runner_groups").EnumerateArray().ToList();

        Assert.Equal(["1 Default True", $"{id} gpu False"], groups.Select(group => $"{group.GetProperty("id")} {group.GetProperty("name")} {group.GetProperty("default")}"));
        await GetAsync($"repos/{Repo}/actions/runner-groups", 404);
    }

    [Fact]
    public async Task Downloads_OfferedFile_HasTheChecksumThatIsSaid()
    {
        var downloads = (await GetAsync($"repos/{Repo}/actions/runners/downloads")).EnumerateArray().ToList();

        foreach (var download in downloads)
        {
            var bytes = await Http.GetByteArrayAsync(new Uri(download.GetProperty("download_url").GetString()!));
            Assert.Equal(download.GetProperty("sha256_checksum").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }

        Assert.Equal(["actions-runner-linux-arm64-2.328.0.tar.gz", "actions-runner-linux-x64-2.328.0.tar.gz", "actions-runner-win-arm64-2.328.0.zip", "actions-runner-win-x64-2.328.0.zip"],
            downloads.Select(download => download.GetProperty("filename").GetString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task RegistrationToken_Asked_LastsAnHour()
    {
        using var answer = await Http.PostAsJsonAsync(new Uri($"{Org}/actions/runners/registration-token", UriKind.Relative), new { });

        Assert.Equal(Clock.GetUtcNow().AddHours(1), (await ReadAsync(answer, 201)).GetProperty("expires_at").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("")]
    [InlineData("orgs/my-org/actions")]
    [InlineData("api/v3/user")]
    public async Task UnknownPath_Any_Is404(string path) => await GetAsync(path, 404);

    [Fact]
    public async Task EveryAnswer_Always_HasARequestIdAndTheTimeOfTheClock()
    {
        using var answer = await Http.GetAsync(new Uri($"{Org}/actions/runners", UriKind.Relative));

        Assert.NotEmpty(answer.Headers.GetValues("x-github-request-id").Single());
        Assert.Equal(Clock.GetUtcNow(), answer.Headers.Date);
    }

    private static int Remaining(HttpResponseMessage answer) =>
        int.Parse(answer.Headers.GetValues("x-ratelimit-remaining").Single(), System.Globalization.CultureInfo.InvariantCulture);
}
