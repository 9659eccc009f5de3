namespace Operator.Simulator.GitHub;

/// <summary>How a simulated GitHub behaves. The defaults are github.com's, with a cloud that takes no time.</summary>
public sealed record SimulatedGitHubOptions
{
    /// <summary>The loopback port; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>Seed of ids and tokens, so that runs are repeatable.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many calls are allowed.</summary>
    public GitHubLimits Limits { get; init; } = GitHubLimits.GitHubCom;

    /// <summary>From a job's assignment until its runner takes it. After a minute the job returns to the queue.</summary>
    public TimeSpan PickUpDelay { get; init; } = TimeSpan.Zero;

    /// <summary>Time from the deletion of an idle registration until its process notices and exits.</summary>
    public TimeSpan DeletionNotice { get; init; } = TimeSpan.Zero;

    /// <summary>From the loss of a busy runner until GitHub gives its job up and removes the registration.</summary>
    public TimeSpan LostRunnerTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The version of the runner that is offered for download.</summary>
    public string RunnerVersion { get; init; } = "2.328.0";

    /// <summary>How the scale-set service behaves.</summary>
    public ScaleSetOptions ScaleSets { get; init; } = new();
}

/// <summary>Behaviour of the scale-set service. Undocumented values are estimates and marked as such.</summary>
public sealed record ScaleSetOptions
{
    /// <summary>
    /// Whether jobs are assigned to a scale set as soon as it has room, without being acquired, as github.com has come to do;
    /// otherwise they are offered (<c>JobAvailable</c>) and wait for <c>acquirejobs</c>, as GitHub Enterprise Server wants it.
    /// </summary>
    public bool AssignsUnasked { get; init; }

    /// <summary>From a job's acquisition until it counts as assigned.</summary>
    public TimeSpan AssignmentDelay { get; init; } = TimeSpan.Zero;

    /// <summary>How long a poll waits before it is answered 202.</summary>
    public TimeSpan PollDuration { get; init; } = TimeSpan.FromSeconds(50);

    /// <summary>How long a session lasts after its holder's last poll or other sign of life. GitHub's figure is not known.</summary>
    public TimeSpan SessionSilence { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Life of the token of the admin connection. GitHub's figure is not known.</summary>
    public TimeSpan AdminTokenLife { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Life of the token of a message queue. GitHub's figure is not known.</summary>
    public TimeSpan QueueTokenLife { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a scale set lives without a session.</summary>
    public TimeSpan UnusedLife { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>How many calls are allowed; null is no limit.</summary>
public sealed record GitHubLimits
{
    /// <summary>What github.com allows an App's installation.</summary>
    public static readonly GitHubLimits GitHubCom = new()
    {
        CorePerHour = 5000,
        RunnerRegistrationPerHour = 10_000,
        PointsPerMinute = 900,
        Concurrent = 100,
        RegistrationsPerFiveMinutes = 1500,
    };

    /// <summary>No limits, as a GitHub Enterprise Server out of the box.</summary>
    public static readonly GitHubLimits None = new();

    /// <summary>Primary limit: calls per hour and credential.</summary>
    public int? CorePerHour { get; init; }

    /// <summary>Primary limit of registrations, counted apart (<c>actions_runner_registration</c>); null counts them with the others.</summary>
    public int? RunnerRegistrationPerHour { get; init; }

    /// <summary>Secondary rate limit: reads cost one point, writes five.</summary>
    public int? PointsPerMinute { get; init; }

    /// <summary>Secondary limit: calls at a time.</summary>
    public int? Concurrent { get; init; }

    /// <summary>Registrations per repository, organization or enterprise.</summary>
    public int? RegistrationsPerFiveMinutes { get; init; }
}
