using Operator.Aws.Offerings;

namespace Operator.Commands.Simulate;

/// <summary>What a simulation assumes about EC2 and GitHub.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Share of the on-demand price that a spot machine costs where its price is not known.</summary>
    public const decimal UsualSpotShare = 0.4m;

    /// <summary>From launch to a runner that takes jobs, until a pool has learned its own.</summary>
    public static readonly TimeSpan UsualBoot = TimeSpan.FromSeconds(90);

    /// <summary>Spot machines lost an hour: an assumption, since AWS publishes only rough classes by month.</summary>
    public const double UsualSpotLoss = 0.005;

    /// <summary>From launch to a runner that takes jobs, by pattern of instance types; the first match counts.</summary>
    public IReadOnlyList<(string Pattern, TimeSpan Value)> BootTimes { get; init; } = [];

    /// <summary>From the start of a stopped machine to a runner that takes jobs.</summary>
    public TimeSpan StoppedStart { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From the start of a hibernated machine to a runner that takes jobs.</summary>
    public TimeSpan HibernatedStart { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Share of the spot machines that EC2 takes back in an hour, by pattern of instance types; the first match counts.</summary>
    public IReadOnlyList<(string Pattern, double Value)> SpotLosses { get; init; } = [];

    /// <summary>Share of the on-demand price that a spot machine costs where its price is not known.</summary>
    public decimal SpotShare { get; init; } = UsualSpotShare;

    /// <summary>Start of the randomness: which machines are lost, and when.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>From the order to stop, or the end of a job, until a machine is off.</summary>
    public TimeSpan StopTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>From the loss of a job with its machine until it is queued again; GitHub gives up on a silent runner after about ten minutes.</summary>
    public TimeSpan RerunDelay { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The boot time of a type.</summary>
    /// <param name="type">The instance type.</param>
    /// <param name="learned">What the pool has learned, in seconds; null for nothing.</param>
    public TimeSpan BootOf(string type, int? learned) => Find(BootTimes, type) ?? (learned is { } seconds ? TimeSpan.FromSeconds(seconds) : UsualBoot);

    /// <summary>Share of the spot machines of a type that are lost in an hour.</summary>
    public double SpotLossOf(string type) => Find(SpotLosses, type) ?? UsualSpotLoss;

    private static T? Find<T>(IReadOnlyList<(string Pattern, T Value)> list, string type)
        where T : struct
    {
        foreach (var (pattern, value) in list)
        {
            if (TypeFilters.Matches(type, pattern))
            {
                return value;
            }
        }

        return null;
    }
}
