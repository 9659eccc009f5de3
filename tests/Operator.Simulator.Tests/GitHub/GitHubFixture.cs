using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub;
using Operator.Simulator.Hosts;
using Operator.Simulator.Time;

namespace Operator.Simulator.Tests.GitHub;

/// <summary>A simulated GitHub with an organization, a repository in it, an enterprise above it, a token and an App; and a plain HTTP client.</summary>
public abstract class GitHubFixture : IAsyncLifetime
{
    protected const string Token = "ghp_test";
    protected const string AppId = "12345";
    protected const long InstallationId = 77;
    protected const string Org = "orgs/my-org";
    protected const string Repo = "my-org/app";

    // Making a key takes longer than most of the tests.
    private static readonly Lazy<string> Key = new(() =>
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportRSAPrivateKeyPem();
    });

    protected ManualTimeProvider Clock { get; } = new();

    protected FaultInjector Faults { get; } = new();

    protected CallLog Calls { get; } = new();

    protected virtual SimulatedGitHubOptions Options { get; } = new();

    internal SimulatedGitHub GitHub { get; private set; } = null!;

    protected HttpClient Http { get; private set; } = null!;

    protected static string AppKey => Key.Value;

    /// <summary>The clock that the service sees.</summary>
    protected virtual TimeProvider ServiceClock => Clock;

    public async Task InitializeAsync()
    {
        GitHub = await SimulatedGitHub.StartAsync(new SimulationGround(ServiceClock, Faults, Calls), Options);
        GitHub.AddRepository(Repo);
        GitHub.AddEnterprise("big", "my-org");
        GitHub.AddPersonalAccessToken(Token);
        GitHub.AddApp(AppId, AppKey);
        GitHub.AddInstallation(AppId, InstallationId, "my-org");
        Http = Client(Token);
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await GitHub.DisposeAsync();
    }

    protected HttpClient Client(string token)
    {
        var client = new HttpClient { BaseAddress = GitHub.Address };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("tests/1");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    protected Task<HttpResponseMessage> PostJitAsync(string place, string name, params string[] labels) =>
        Http.PostAsJsonAsync(
            new Uri($"{place}/actions/runners/generate-jitconfig", UriKind.Relative), new { name, runner_group_id = 1, labels });

    protected async Task<(long Id, string Config)> RegisterAsync(string name, params string[] labels)
    {
        using var answer = await PostJitAsync(Org, name, labels);
        var json = await ReadAsync(answer, 201);
        return (json.GetProperty("runner").GetProperty("id").GetInt64(), json.GetProperty("encoded_jit_config").GetString()!);
    }

    protected async Task<FakeHost> StartRunnerAsync(string name, params string[] labels)
    {
        var (id, config) = await RegisterAsync(name, labels);
        return FakeHost.Start(GitHub, id, config);
    }

    protected async Task<JsonElement> GetAsync(string path, int status = 200)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        return await ReadAsync(answer, status);
    }

    protected async Task<int> DeleteAsync(string path)
    {
        using var answer = await Http.DeleteAsync(new Uri(path, UriKind.Relative));
        return (int)answer.StatusCode;
    }

    protected static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }

    protected string AppJwt()
    {
        static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var content = $"{Encode("""{"alg":"RS256"}""")}.{Encode($$"""{"iss":"{{AppId}}","iat":{{now - 60}},"exp":{{now + 500}}}""")}";
        using var rsa = RSA.Create();
        rsa.ImportFromPem(AppKey);
        var signature = rsa.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{content}.{Base64Url.EncodeToString(signature)}";
    }

    protected SimulatedJob JobNow(SimulatedJob job) => GitHub.Jobs.Single(other => other.Id == job.Id);

    protected IReadOnlyList<string> RunnerNames => [.. GitHub.Runners.Select(runner => runner.Name)];
}

/// <summary>A host that starts a runner and records its callbacks.</summary>
public sealed class FakeHost
{
    public List<string> Events { get; } = [];

    public long RunnerId { get; private init; }

    public IRunnerProcess? Process { get; private set; }

    public static FakeHost Start(IRunnerServer server, long runnerId, string config)
    {
        var host = new FakeHost { RunnerId = runnerId };
        host.Process = server.Start(
            config, () => host.Events.Add("job started"), exit => host.Events.Add(exit.ServedJob ? "exit after job" : "exit without job"));
        return host;
    }
}
