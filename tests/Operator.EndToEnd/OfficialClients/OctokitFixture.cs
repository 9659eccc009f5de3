using Microsoft.Extensions.Logging.Abstractions;
using Octokit;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Simulator.GitHub;

namespace Operator.EndToEnd.OfficialClients;

/// <summary>
/// A simulated GitHub with an organization, a repository and an enterprise, and two clients of it: Octokit and the operator's own. What both say of the same
/// thing is the same.
/// </summary>
public abstract class OctokitFixture : IAsyncLifetime
{
    protected const string Org = "octo-org";
    protected const string Repo = "app";
    protected const string Enterprise = "octo-corp";
    protected const string AppId = "12345";
    protected const long InstallationId = 77;
    private const string Token = "ghp_official";

    private readonly GitHubConnections _connections = new(TimeProvider.System, NullLogger<GitHubConnections>.Instance, addresses: new() { AllowLoopback = true });
    private string _key = "";

    protected static CancellationToken None => CancellationToken.None;

    internal SimulatedGitHub GitHub { get; private set; } = null!;

    internal Octokit.GitHubClient Official { get; private set; } = null!;

    internal Operator.GitHub.Rest.IGitHubClient Ours { get; private set; } = null!;

    /// <summary>The operator's client as an installation of the App.</summary>
    internal Operator.GitHub.Rest.IGitHubClient OursAsInstallation => _connections.Get(Target(Org), new GitHubCredentials.App(AppId, InstallationId, _key));

    public async Task InitializeAsync()
    {
        GitHub = await SimulatedGitHub.StartAsync(new SimulationGround(TimeProvider.System));
        GitHub.AddRepository($"{Org}/{Repo}");
        GitHub.AddEnterprise(Enterprise, Org);
        GitHub.AddRunnerGroup($"orgs/{Org}", "gpu");
        GitHub.AddPersonalAccessToken(Token);
        _key = GitHub.AddApp(AppId);
        GitHub.AddInstallation(AppId, InstallationId, Org);
        Official = Connect(new Credentials(Token, AuthenticationType.Bearer));
        Ours = _connections.Get(Target(Org), new GitHubCredentials.Token(Token));
    }

    public async Task DisposeAsync()
    {
        _connections.Dispose();
        await GitHub.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal GitHubTarget Target(string place) =>
        GitHubTarget.TryParse(new Uri(GitHub.Address, place).AbsoluteUri, out var target, out var problem) ? target : throw new ArgumentException(problem, nameof(place));

    /// <summary>Octokit as the App itself.</summary>
    internal Octokit.GitHubClient OfficialAsApp(string? appId = null) => Connect(new Credentials(
        GitHubAppJwt.Create(new GitHubCredentials.App(appId ?? AppId, InstallationId, _key), TimeProvider.System.GetUtcNow()), AuthenticationType.Bearer));

    internal Octokit.GitHubClient Connect(Credentials credentials) =>
        new(new ProductHeaderValue("official-client-tests"), GitHub.Address) { Credentials = credentials };

    /// <summary>A call that Octokit has no method for.</summary>
    private protected static Uri Path(string path) => new(path, UriKind.Relative);
}
