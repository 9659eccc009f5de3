using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Common;

namespace Operator.Tests.Leases;

/// <summary>Machines as EC2 shows them: all that a test puts in, and what was launched since.</summary>
internal sealed class KnownMachines : IInstanceProvider
{
    /// <summary>What EC2 finds by tag, whatever the intent.</summary>
    public List<Instance> Found { get; } = [];

    /// <summary>The state of a machine; invisible unless set.</summary>
    public Dictionary<string, InstanceView> Views { get; } = [];

    /// <summary>Where which intents were looked for.</summary>
    public List<(AwsAccount Account, string IntentId)> Searches { get; } = [];

    public List<string> Added { get; } = [];

    public InstanceView View(AwsAccount account, string instanceId, DateTimeOffset? launchedAt) =>
        Views.GetValueOrDefault(instanceId) ?? new InstanceView.NotVisible();

    public DateTimeOffset? ListedAt(AwsAccount account) => null;

    public Task<IReadOnlyList<Instance>> FindByIntentAsync(AwsAccount account, string intentId, CancellationToken cancellationToken)
    {
        Searches.Add((account, intentId));
        return Task.FromResult<IReadOnlyList<Instance>>([.. Found]);
    }

    public IReadOnlyList<Instance> Listed(AwsAccount account, string intentId) => [];

    public void Add(AwsAccount account, Instance instance) => Added.Add(instance.Id);

    public Task<InstanceListing> RefreshAsync(AwsAccount account, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task TerminateAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>What was asked of EC2, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Thrown by starts and stops while it is set.</summary>
    public ProviderException? Failure { get; set; }

    public Task StopAsync(AwsAccount account, string instanceId, bool hibernates, CancellationToken cancellationToken) => Ask($"{(hibernates ? "hibernate" : "stop")} {instanceId}");

    public Task StartAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Ask($"start {instanceId}");

    private Task Ask(string what)
    {
        Asked.Add(what);
        return Failure is { } failure ? Task.FromException(failure) : Task.CompletedTask;
    }

    public Task<string> ConsoleTailAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();
}
