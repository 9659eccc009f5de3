namespace Operator.Simulator.Hosts;

/// <summary>The times of the host script; the defaults are its own.</summary>
public sealed record SimulatedHostsOptions
{
    /// <summary>How soon a host sees a change of its metadata: the wake-up tag, a spot notice.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often it reads its mailbox without the wake-up tag, at least.</summary>
    public TimeSpan SlowPoll { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How much longer than that it may wait, by chance.</summary>
    public TimeSpan SlowPollJitter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it reads its mailbox without the wake-up tag once it has seen that change, at least.</summary>
    public TimeSpan RungPoll { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How much longer than that it may wait, by chance.</summary>
    public TimeSpan RungPollJitter { get; init; } = TimeSpan.FromSeconds(32);

    /// <summary>How long it stays for another command after its runner ended without a job.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long beyond its maximum age a machine stays on that runs no job.</summary>
    public TimeSpan AgeMargin { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The first delay after a call that failed; it doubles.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it waits for secrets at its boot.</summary>
    public TimeSpan SecretsPatience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it takes to fill the folder of jobs, where it is to be filled.</summary>
    public TimeSpan WarmUpTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether updates installed at boot want a reboot.</summary>
    public bool UpdatesWantReboot { get; init; } = true;

    /// <summary>Whether docker is on the machines' images; the standard setup installs it.</summary>
    public bool ImagesHaveDocker { get; init; }

    /// <summary>Start of the randomness.</summary>
    public int Seed { get; init; } = 1;
}
