using Amazon.Runtime;
using Microsoft.Extensions.Logging;
using Operator.Aws.Clients;
using Operator.Aws.Prices;
using Operator.Dashboard;
using Operator.Demand.Webhooks;
using Operator.Hosting;
using Operator.Simulator.Aws;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub;
using Operator.Simulator.GitLab;
using Operator.Simulator.Hosts;
using Operator.Simulator.Kubernetes;
using Operator.Simulator.Network;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.Simulator.World;

/// <summary>
/// Kubernetes, EC2, Parameter Store, hosts and GitHub on one clock and one network, with in-process operators running against them. User
/// actions are performed through the parts themselves.
/// </summary>
public sealed class SimulatedWorld : IAsyncDisposable
{
    /// <summary>The organization that the samples name, and a repository in it.</summary>
    public const string Organization = "my-org";

    /// <summary>A repository whose jobs are served by the samples' runners.</summary>
    public const string Repository = "my-org/app";

    /// <summary>The group at GitLab that the samples name.</summary>
    public const string GitLabGroup = "my-group";

    /// <summary>A project in it.</summary>
    public const string GitLabProject = "my-group/app";

    /// <summary>What GitHub signs webhooks with, in the samples' secret.</summary>
    public const string WebhookSecret = "fake-secret-replace-me";

    /// <summary>The token in the samples' secret.</summary>
    public const string Token = "fake-token-replace-me";

    private readonly Random _random;
    private readonly List<(SimulatedAws Aws, SimulatedHosts Hosts)> _places = [];
    private readonly RunnerServers _servers;

    private SimulatedWorld(TimeProvider clock, SimulatedKubernetes kubernetes, SimulatedAws aws, SimulatedGitHub gitHub, Random random)
    {
        (Clock, Kubernetes, Aws, GitHub, _random) = (clock, kubernetes, aws, gitHub, random);
        _servers = new RunnerServers(gitHub);
        Hosts = new SimulatedHosts(aws, _servers);
        OperatorClock = clock;
    }

    /// <summary>The clock of all parts.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The clock of operators; the shared one, unless theirs should be wrong.</summary>
    public TimeProvider OperatorClock { get; set; }

    /// <summary>The clock for network time-outs; null for the main clock. A faster clock does not make the processor faster.</summary>
    public TimeProvider? NetworkTime { get; init; }

    /// <summary>What all parts reach each other over.</summary>
    public required INetwork Network { get; init; }

    /// <summary>The API server.</summary>
    public SimulatedKubernetes Kubernetes { get; }

    /// <summary>Faults of the API server.</summary>
    public required FaultInjector KubernetesFaults { get; init; }

    /// <summary>Calls to the API server.</summary>
    public required CallLog KubernetesCalls { get; init; }

    /// <summary>EC2, Parameter Store and STS.</summary>
    public SimulatedAws Aws { get; }

    /// <summary>GitHub.</summary>
    public SimulatedGitHub GitHub { get; }

    /// <summary>Faults of GitHub.</summary>
    public required FaultInjector GitHubFaults { get; init; }

    /// <summary>Calls to GitHub.</summary>
    public required CallLog GitHubCalls { get; init; }

    /// <summary>GitLab, once it was started.</summary>
    public SimulatedGitLab? GitLab { get; private set; }

    /// <summary>Faults of GitLab.</summary>
    public FaultInjector GitLabFaults { get; } = new();

    /// <summary>Calls to GitLab.</summary>
    public CallLog GitLabCalls { get; } = new();

    /// <summary>What runs on the machines.</summary>
    public SimulatedHosts Hosts { get; }

    /// <summary>Where the operator receives webhooks; null if not requested.</summary>
    public Uri? WebhookUrl { get; private set; }

    /// <summary>Whether operators started from now on elect a leader, so that there may be several.</summary>
    public bool LeaderElect { get; set; }

    /// <summary>The hosts to which operators that are started from now on send credentials, with commas between them; null means any.</summary>
    public string? GitHubHosts { get; set; }

    /// <summary>The Secret whose webhook secret is valid for every pool, for operators started from now on; null for none.</summary>
    public string? WebhookSecretName { get; set; }

    /// <summary>Starts a world with the kinds installed, and an organization and a token as in the samples.</summary>
    public static async Task<SimulatedWorld> StartAsync(WorldOptions options, CancellationToken cancellationToken)
    {
        var clock = options.Clock;
        var random = new Random(options.Seed);
        var (kubernetesFaults, kubernetesCalls) = (new FaultInjector(), new CallLog());
        var (gitHubFaults, gitHubCalls) = (new FaultInjector(), new CallLog());
        var kubernetes = new SimulatedKubernetes(clock, kubernetesFaults, kubernetesCalls, () => NextGuid(random), options.Network);
        await kubernetes.StartAsync(cancellationToken);
        var aws = new SimulatedAws(clock, options.Aws with { Seed = options.Seed }, options.Network);
        await aws.StartAsync(options.AwsPort, cancellationToken);
        var gitHub = await SimulatedGitHub.StartAsync(
            new SimulationGround(clock, gitHubFaults, gitHubCalls) { Network = options.Network, NetworkTime = options.NetworkTime }, options.GitHub with { Seed = options.Seed });
        gitHub.AddOrganization(Organization);
        gitHub.AddRepository(Repository);
        gitHub.AddPersonalAccessToken(Token);
        kubernetes.Objects.ApplyKinds();

        return new SimulatedWorld(clock, kubernetes, aws, gitHub, random)
        {
            Network = options.Network,
            NetworkTime = options.NetworkTime,
            KubernetesFaults = kubernetesFaults,
            KubernetesCalls = kubernetesCalls,
            GitHubFaults = gitHubFaults,
            GitHubCalls = gitHubCalls,
        };
    }

    /// <summary>Starts a GitLab with the group and the project that the samples name, and their token.</summary>
    public async Task<SimulatedGitLab> StartGitLabAsync()
    {
        var gitLab = await SimulatedGitLab.StartAsync(new SimulationGround(Clock, GitLabFaults, GitLabCalls) { Network = Network, NetworkTime = NetworkTime });
        gitLab.AddGroup(GitLabGroup);
        gitLab.AddProject(GitLabProject);
        gitLab.AddAccessToken(Token);
        _servers.GitLab = gitLab;
        return GitLab = gitLab;
    }

    /// <summary>Creates another region or account, with hosts on its machines.</summary>
    /// <param name="region">Its name.</param>
    /// <param name="account">The other account, which only roles of it reach; null for the operator's own.</param>
    public SimulatedAws AddPlace(string region, string? account = null)
    {
        var options = Aws.Options with { Region = region, AccountId = account ?? Aws.Options.AccountId, Seed = Aws.Options.Seed + 1000 + _places.Count };
        var place = Aws.Add(options, isRole: account is not null);
        _places.Add((place, new SimulatedHosts(place, _servers)));
        return place;
    }

    /// <summary>Applies manifests to the namespace <c>default</c>; the samples' URLs of GitHub and GitLab are replaced by the simulated ones.</summary>
    public void Apply(string yaml) =>
        Kubernetes.Objects.ApplyYaml(yaml.Replace("https://github.com/", GitHub.UrlOf("").ToString(), StringComparison.Ordinal)
            .Replace("https://gitlab.com", GitLab?.Address.ToString().TrimEnd('/') ?? "https://gitlab.com", StringComparison.Ordinal));

    /// <summary>
    /// Creates a webhook of the organization that calls the next operator to be started, and those after it; one at a time.
    /// </summary>
    /// <param name="secret">What deliveries are signed with.</param>
    public void AddWebhook(string secret)
    {
        WebhookUrl = new Uri($"http://127.0.0.1:{Network.FreePort()}{GitHubWebhooks.Path}");
        GitHub.Webhooks.Add($"orgs/{Organization}", WebhookUrl, secret);
    }

    /// <summary>What the lease API is known as to workflows, whichever replica answers.</summary>
    public const string LeaseApiUrl = "https://leases.example.com";

    /// <summary>Whether operators that are started serve the lease API, each at an address of its own.</summary>
    public bool ServesLeases { get; set; }

    /// <summary>Whether operators that are started serve the dashboard, each at an address of its own.</summary>
    public bool ServesDashboard { get; set; }

    /// <summary>The port of the next operator's dashboard; null for a free one.</summary>
    public int? DashboardPort { get; set; }

    /// <summary>How the dashboards of operators that are started from now on behave.</summary>
    internal DashboardOptions Dashboard { get; set; } = new();

    /// <summary>Whether operators that are started read the interruption queue.</summary>
    public bool UsesInterruptionQueue { get; set; }

    /// <summary>Starts an operator process against this world.</summary>
    /// <param name="gate">Where to kill it, if at all.</param>
    /// <param name="configureLogging">Where its logs go.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<OperatorIncarnation> StartOperatorAsync(
        CallGate gate, Action<ILoggingBuilder> configureLogging, CancellationToken cancellationToken)
    {
        var options = Options();
        var app = await OperatorProcess.BuildAsync(
            ClusterConfiguration, options, DependenciesOf(gate), configureLogging, cancellationToken);
        await app.StartAsync(cancellationToken);
        return new OperatorIncarnation(app, gate)
        {
            LeaseApi = options.LeaseApiListenOn is { } leases ? new Uri(leases) : null,
            Dashboard = options.DashboardListenOn is { } page ? new Uri(page) : null,
        };
    }

    /// <summary>Whether operators read the simulated price list; without it they have the table of us-east-1.</summary>
    public bool ReadPriceList { get; set; }

    /// <summary>How this world's cluster is reached.</summary>
    internal KubernetesClientConfiguration ClusterConfiguration => new() { Host = Kubernetes.Url };

    /// <summary>What an operator, or a command of it, works with in this world.</summary>
    internal OperatorDependencies DependenciesOf(CallGate gate) => new()
    {
        Time = OperatorClock,
        NetworkTime = NetworkTime,
        Jitter = NextDouble,
        NewId = NewId,
        GitHub = new() { AllowLoopback = true, Simulated = GitHub.Address },
        WrapHandler = (service, sockets) => gate.Wrap(service, Network.Connect(sockets)),
        Serve = Network.Serve,
        Aws = new AwsClientOptions
        {
            Region = Aws.Options.Region,
            Ec2Endpoint = new Uri(Aws.Url),
            SsmEndpoint = new Uri(Aws.Url),
            AutoScalingEndpoint = new Uri(Aws.Url),
            StsEndpoint = new Uri(Aws.Url),
            SqsEndpoint = new Uri(Aws.Url),
            Credentials = new BasicAWSCredentials("AKIAIOSFODNN7EXAMPLE", "simulated"),
            MaxErrorRetry = 0,
        },
    };

    // The URL that GitHub sends webhooks to survives a change of process, like a Service's.
    private OperatorOptions Options() => new()
    {
        Namespace = "default",
        LeaderElect = LeaderElect,
        GitHubHosts = Operator.GitHub.GitHubHosts.Parse(GitHubHosts),
        WebhookSecretName = WebhookSecretName,
        PriceList = ReadPriceList ? new(IsEnabled: true, new Uri(Aws.Url)) : PriceListOptions.Off,
        CostByWorkflow = true,
        InterruptionQueue = UsesInterruptionQueue ? $"{Aws.Url.TrimEnd('/')}/{Aws.Options.AccountId}/ec2runners" : null,
        LeaseApiListenOn = ServesLeases ? $"http://127.0.0.1:{Network.FreePort()}" : null,
        LeaseApi = new() { Audience = LeaseApiUrl },
        DashboardListenOn = ServesDashboard ? $"http://127.0.0.1:{DashboardPort ?? Network.FreePort()}" : null,
        Dashboard = Dashboard,
        WebhookListenOn = WebhookUrl is { } url ? url.GetLeftPart(UriPartial.Authority) : null,
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Hosts.Dispose();
        foreach (var (aws, hosts) in _places)
        {
            hosts.Dispose();
            await aws.DisposeAsync();
        }

        await Kubernetes.DisposeAsync();
        await Aws.DisposeAsync();
        await GitHub.DisposeAsync();
        if (GitLab is { } gitLab)
        {
            await gitLab.DisposeAsync();
        }
    }

    private static Guid NextGuid(Random random)
    {
        var bytes = new byte[16];
        lock (random)
        {
            random.NextBytes(bytes);
        }

        return new Guid(bytes);
    }

    private double NextDouble()
    {
        lock (_random)
        {
            return _random.NextDouble();
        }
    }

    private Guid NewId() => NextGuid(_random);
}

/// <summary>Options of a world.</summary>
public sealed record WorldOptions
{
    /// <summary>The clock of all parts.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>The clock for network time-outs; null for the main clock.</summary>
    public TimeProvider? NetworkTime { get; init; }

    /// <summary>What all parts reach each other over. A clock that is driven needs a <see cref="MemoryNetwork"/>.</summary>
    public INetwork Network { get; init; } = LoopbackNetwork.Instance;

    /// <summary>Where all randomness starts.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How EC2 behaves.</summary>
    public SimulatedAwsOptions Aws { get; init; } = new();

    /// <summary>The port of EC2 and Parameter Store; 0 for a free one.</summary>
    public int AwsPort { get; init; }

    /// <summary>How GitHub behaves.</summary>
    public SimulatedGitHubOptions GitHub { get; init; } = new();
}
