namespace Operator.Commands.Simulate;

/// <summary>Counts what happens to a pool in a simulation.</summary>
internal sealed class PoolLedger
{
    private readonly List<TimelineStep> _timeline = [];
    private readonly List<double> _waits = [];
    private readonly DateTimeOffset _from;
    private readonly TimeSpan _width;
    private DateTimeOffset _counted;

    /// <param name="from">When the counting begins.</param>
    /// <param name="width">The length of one step of the time line.</param>
    public PoolLedger(DateTimeOffset from, TimeSpan width) => (_from, _width, _counted) = (from, width, from);

    /// <summary>US dollars by usage class, with GitHub's fee under <c>github</c>.</summary>
    public SortedDictionary<string, decimal> Cost { get; } = new(StringComparer.Ordinal);

    /// <summary>Jobs by the tier of the machine that they found.</summary>
    public SortedDictionary<string, int> Tiers { get; } = new(StringComparer.Ordinal);

    public int Machines { get; private set; }

    public int Peak { get; private set; }

    public int SpotLosses { get; set; }

    public int JobsLost { get; set; }

    public int Reruns { get; set; }

    public int JobsCut { get; set; }

    /// <summary>A machine was launched.</summary>
    public void Launched() => Machines++;

    /// <summary>
    /// A job has begun, so long after it was queued, on a machine of a tier: <c>idle</c>, <c>hibernated</c>,
    /// <c>stopped</c> or <c>cold</c>.
    /// </summary>
    public void Waited(TimeSpan wait, string tier)
    {
        _waits.Add(wait.TotalSeconds);
        Tiers[tier] = Tiers.GetValueOrDefault(tier) + 1;
    }

    /// <summary>Something was paid for.</summary>
    public void Pay(string part, decimal amount) => Cost[part] = Cost.GetValueOrDefault(part) + amount;

    /// <summary>Until now there were so many machines of each state and so many jobs that waited.</summary>
    public void Count(MachineCounts counts, DateTimeOffset now)
    {
        Peak = Math.Max(Peak, counts.Total);
        while (_counted < now)
        {
            var index = (int)((_counted - _from).Ticks / _width.Ticks);
            while (_timeline.Count <= index)
            {
                _timeline.Add(new(_from + (_width * _timeline.Count), _width));
            }

            var end = _from + (_width * (index + 1));
            var until = end < now ? end : now;
            _timeline[index].Add(counts, (until - _counted).TotalHours);
            _counted = until;
        }
    }

    /// <summary>The result.</summary>
    /// <param name="jobs">How many jobs there were.</param>
    /// <param name="unserved">How many found no runner within a day.</param>
    public PoolOutcome Close(int jobs, int unserved) => new()
    {
        Jobs = jobs,
        Unserved = unserved,
        Cost = Cost,
        Tiers = Tiers,
        Waits = [.. _waits.Order()],
        Machines = Machines,
        Peak = Peak,
        SpotLosses = SpotLosses,
        JobsLost = JobsLost,
        Reruns = Reruns,
        JobsCut = JobsCut,
        Timeline = _timeline,
    };
}

/// <summary>Machines by state, and jobs that wait, at a moment.</summary>
internal sealed record MachineCounts(int Booting, int Idle, int Busy, int Leaving, int Waiting)
{
    public int Total => Booting + Idle + Busy + Leaving;
}

/// <summary>A step of a time line: machine-hours by state, and hours that jobs waited.</summary>
/// <param name="At">Its start.</param>
/// <param name="Width">Its length.</param>
internal sealed record TimelineStep(DateTimeOffset At, TimeSpan Width)
{
    public double Booting { get; private set; }

    public double Idle { get; private set; }

    public double Busy { get; private set; }

    public double Leaving { get; private set; }

    public double Waiting { get; private set; }

    public void Add(MachineCounts counts, double hours)
    {
        Booting += counts.Booting * hours;
        Idle += counts.Idle * hours;
        Busy += counts.Busy * hours;
        Leaving += counts.Leaving * hours;
        Waiting += counts.Waiting * hours;
    }

    /// <summary>Adds another pool's step.</summary>
    public void Add(TimelineStep other)
    {
        Booting += other.Booting;
        Idle += other.Idle;
        Busy += other.Busy;
        Leaving += other.Leaving;
        Waiting += other.Waiting;
    }
}

/// <summary>What a trace did to a pool, or to several.</summary>
internal sealed record PoolOutcome
{
    public int Jobs { get; init; }

    /// <summary>Jobs that found no runner within a day, when GitHub cancels them.</summary>
    public int Unserved { get; init; }

    /// <summary>US dollars by usage class, with GitHub's fee under <c>github</c>.</summary>
    public IReadOnlyDictionary<string, decimal> Cost { get; init; } = new Dictionary<string, decimal>();

    /// <summary>
    /// Jobs by the tier of the machine that they found: <c>idle</c>, <c>hibernated</c>, <c>stopped</c> or <c>cold</c>.
    /// </summary>
    public IReadOnlyDictionary<string, int> Tiers { get; init; } = new Dictionary<string, int>();

    /// <summary>Seconds from queued to started, ascending; a job that runs again counts again.</summary>
    public IReadOnlyList<double> Waits { get; init; } = [];

    public int Machines { get; init; }

    /// <summary>Most machines at a time.</summary>
    public int Peak { get; init; }

    /// <summary>Spot machines that EC2 took back.</summary>
    public int SpotLosses { get; init; }

    /// <summary>Jobs that were lost with their machines.</summary>
    public int JobsLost { get; init; }

    /// <summary>Those of them that ran again.</summary>
    public int Reruns { get; init; }

    /// <summary>Jobs that were ended by <c>maxRuntime</c>.</summary>
    public int JobsCut { get; init; }

    public IReadOnlyList<TimelineStep> Timeline { get; init; } = [];

    /// <summary>US dollars.</summary>
    public decimal TotalCost => Cost.Values.Sum();

    public double MachineHours => Timeline.Sum(step => step.Booting + step.Idle + step.Busy + step.Leaving);

    public double IdleHours => Timeline.Sum(step => step.Idle);

    public double WaitHours => Waits.Sum() / 3600;

    /// <summary>The wait that so many percent of the jobs do not exceed, by the nearest rank; 0 without jobs.</summary>
    public TimeSpan WaitAt(int percent) =>
        TimeSpan.FromSeconds(Waits.Count == 0 ? 0 : Waits[Math.Clamp((int)Math.Ceiling(Waits.Count * percent / 100.0) - 1, 0, Waits.Count - 1)]);

    /// <summary>The outcome of several pools together.</summary>
    public static PoolOutcome Sum(IReadOnlyList<PoolOutcome> parts)
    {
        var timeline = new List<TimelineStep>();
        foreach (var step in parts.SelectMany(part => part.Timeline.Select((step, index) => (step, index))))
        {
            if (step.index == timeline.Count)
            {
                timeline.Add(new(step.step.At, step.step.Width));
            }

            timeline[step.index].Add(step.step);
        }

        return new()
        {
            Jobs = parts.Sum(part => part.Jobs),
            Unserved = parts.Sum(part => part.Unserved),
            Cost = parts.SelectMany(part => part.Cost).GroupBy(cost => cost.Key, StringComparer.Ordinal)
                .OrderBy(cost => cost.Key, StringComparer.Ordinal).ToDictionary(cost => cost.Key, cost => cost.Sum(amount => amount.Value), StringComparer.Ordinal),
            Tiers = parts.SelectMany(part => part.Tiers).GroupBy(tier => tier.Key, StringComparer.Ordinal).ToDictionary(tier => tier.Key, tier => tier.Sum(count => count.Value), StringComparer.Ordinal),
            Waits = [.. parts.SelectMany(part => part.Waits).Order()],
            Machines = parts.Sum(part => part.Machines),
            Peak = parts.Sum(part => part.Peak),
            SpotLosses = parts.Sum(part => part.SpotLosses),
            JobsLost = parts.Sum(part => part.JobsLost),
            Reruns = parts.Sum(part => part.Reruns),
            JobsCut = parts.Sum(part => part.JobsCut),
            Timeline = timeline,
        };
    }
}
