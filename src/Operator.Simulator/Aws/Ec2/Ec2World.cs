using Operator.Simulator.Aws.Ec2.Images;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Ec2.LaunchTemplates;
using Operator.Simulator.Aws.Ec2.Network;
using Operator.Simulator.Aws.Ec2.Reservations;
using Operator.Simulator.Aws.Ssm;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2;

/// <summary>
/// The state of the simulated region, behind one lock. Callbacks (<see cref="Later"/>) run after the lock is released, so they may call
/// back.
/// </summary>
internal sealed class Ec2World : IDisposable
{
    private readonly Lock _lock = new();
    private readonly EventQueue _later = new();

    public Ec2World(SimulatedAwsOptions options, ParameterStore parameters, TimeProvider time)
    {
        Options = options;
        Parameters = parameters;
        Time = time;
        Ids = new Ids(options.Seed);
        Network = new RegionNetwork(options);
        Images = new ImageStore(options);
        Capacity = [.. options.Capacity];
        Reservations = new ReservationStore(this);
        Instances = new InstanceStore(this);
        Lifecycle = new InstanceLifecycle(this);
    }

    public SimulatedAwsOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>For image ids given as parameters. It has its own lock, acquired inside this one.</summary>
    public ParameterStore Parameters { get; }

    public Ids Ids { get; }

    public RegionNetwork Network { get; }

    public ImageStore Images { get; }

    public List<CapacityLimit> Capacity { get; }

    public LaunchTemplateStore LaunchTemplates { get; } = new();

    public IdempotencyTokens Tokens { get; } = new();

    public ReservationStore Reservations { get; }

    public InstanceStore Instances { get; }

    public InstanceLifecycle Lifecycle { get; }

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Reads or changes the state.</summary>
    public T Run<T>(Func<T> action)
    {
        T result;
        lock (_lock)
        {
            result = action();
        }

        _later.Handle();
        return result;
    }

    /// <summary>Changes the state.</summary>
    public void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    /// <summary>Runs a callback after the lock is released, in the order of the changes.</summary>
    public void Later(Action tell) => _later.Add(tell);

    /// <summary>Limits a pool from now on.</summary>
    public void Limit(CapacityLimit limit) => Run(() =>
    {
        Capacity.RemoveAll(other => other with { Instances = limit.Instances } == limit);
        Capacity.Add(limit);
    });

    public void Dispose() => Run(() =>
    {
        Instances.Dispose();
        Reservations.Dispose();
    });
}
