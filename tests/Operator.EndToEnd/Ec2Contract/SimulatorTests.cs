using Operator.Simulator.Aws;

namespace Operator.EndToEnd.Ec2Contract;

/// <summary>A simulated region that shows what was done at once, since the contract does not wait.</summary>
public sealed class SimulatedAwsFixture : IAsyncLifetime
{
    private readonly SimulatedAws _aws = new(
        TimeProvider.System, new SimulatedAwsOptions { Region = "us-east-1", VisibilityDelay = TimeSpan.Zero, ShutdownTime = TimeSpan.Zero, AgentTime = TimeSpan.Zero, EnforceRequestBuckets = false });

    public Uri Url => new(_aws.Url);

    public SimulatedAws Aws => _aws;

    public Task InitializeAsync() => _aws.StartAsync();

    public async Task DisposeAsync() => await _aws.DisposeAsync();
}

/// <summary>The contract on the simulator.</summary>
/// <param name="aws">The simulator.</param>
public sealed class SimulatedEc2LaunchTests(SimulatedAwsFixture aws) : Ec2LaunchContract(aws.Url), IClassFixture<SimulatedAwsFixture>
{
    private protected override string ReservationIn(string zone)
    {
        const string Id = "cr-0123456789abcdef0";
        aws.Aws.PutReservation(new(Id, "m5.large", zone, Slots: 10));
        return Id;
    }
}

/// <inheritdoc cref="SimulatedEc2LaunchTests"/>
/// <param name="aws">The simulator.</param>
public sealed class SimulatedSqsTests(SimulatedAwsFixture aws) : SqsContract(aws.Url), IClassFixture<SimulatedAwsFixture>
{
    private protected override Task<string> QueueWithAsync(string body)
    {
        aws.Aws.InterruptionQueue.Send(body);
        return Task.FromResult($"{aws.Url}123456789012/ec2runners");
    }
}

/// <inheritdoc cref="SimulatedEc2LaunchTests"/>
/// <param name="aws">The simulator.</param>
public sealed class SimulatedEc2CatalogueTests(SimulatedAwsFixture aws) : Ec2CatalogueContract(aws.Url), IClassFixture<SimulatedAwsFixture>;

/// <inheritdoc cref="SimulatedEc2LaunchTests"/>
/// <param name="aws">The simulator.</param>
public sealed class SimulatedSsmTests(SimulatedAwsFixture aws) : SsmContract(aws.Url), IClassFixture<SimulatedAwsFixture>;

/// <inheritdoc cref="SimulatedEc2LaunchTests"/>
/// <param name="aws">The simulator.</param>
public sealed class SimulatedAutoScalingTests(SimulatedAwsFixture aws) : AutoScalingContract(aws.Url), IClassFixture<SimulatedAwsFixture>;
