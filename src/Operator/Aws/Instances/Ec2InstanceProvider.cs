using System.Text;
using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Instances;

/// <summary>Instances from EC2: one listing per account for all pools, overlaid with this process's own changes.</summary>
internal sealed class Ec2InstanceProvider(IAwsClientFactory clients, ClusterIdentity cluster, TimeProvider timeProvider) : IInstanceProvider
{
    /// <summary>Number of console lines in an event: enough for the end of a failing script.</summary>
    private const int ConsoleLines = 12;

    /// <summary>EC2 takes at most 200 values in a filter.</summary>
    private const int FilterValues = 200;

    private static readonly List<string> LivingStates = ["pending", "running", "shutting-down", "stopping", "stopped"];

    private readonly ExpiringMap<AwsAccount, Inventory> _inventories = new(TimeSpan.FromDays(1), timeProvider); // an account in use is swept every minute
    private readonly SpotRequests _spotRequests = new(clients, timeProvider);
    private readonly InstanceBatcher _terminations = new(clients, timeProvider, (ec2, ids) => ec2.TerminateInstancesAsync(new() { InstanceIds = ids }, CancellationToken.None));
    private readonly InstanceBatcher _starts = new(clients, timeProvider, (ec2, ids) => ec2.StartInstancesAsync(new() { InstanceIds = ids }, CancellationToken.None));

    public InstanceView View(AwsAccount account, string instanceId, DateTimeOffset? launchedAt)
    {
        var inventory = InventoryOf(account);
        if (inventory.Find(instanceId) is { } view)
        {
            return view;
        }

        var isDue = inventory.TakenAt is { } taken && launchedAt is { } launched && taken >= launched + Inventory.VisibilityWindow;
        return isDue ? new InstanceView.Gone(Reason: null) : new InstanceView.NotVisible();
    }

    public DateTimeOffset? ListedAt(AwsAccount account) => InventoryOf(account).TakenAt;

    public IReadOnlyList<Instance> Listed(AwsAccount account, string intentId) => InventoryOf(account).Living(intentId);

    public void Add(AwsAccount account, Instance instance) => InventoryOf(account).Add(instance);

    public async Task<InstanceListing> RefreshAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var takenAt = timeProvider.GetUtcNow();
        var listed = await ListAsync(account,
            [
                new Filter { Name = $"tag:{Tags.Cluster}", Values = [cluster.Id] },
                new Filter { Name = "instance-state-name", Values = LivingStates },
            ],
            cancellationToken);
        var inventory = InventoryOf(account);
        var found = await DescribeMissingAsync(account, inventory.MissingFrom(listed), cancellationToken);
        return inventory.Replace(await WithNoticesAsync(account, [.. listed, .. found], cancellationToken), takenAt);
    }

    private async Task<IReadOnlyList<Instance>> WithNoticesAsync(AwsAccount account, IReadOnlyList<Instance> listed, CancellationToken cancellationToken)
    {
        var spot = listed.Where(instance => instance is { UsageClass: "spot", State: not InstanceState.Pending }).Select(instance => instance.Id).ToList();
        var interrupted = await _spotRequests.FindInterruptedAsync(account, spot, cancellationToken);
        return interrupted.Count == 0 ? listed
            : [.. listed.Select(instance => interrupted.Contains(instance.Id)
                ? instance with { Notice = new(InterruptionNotice.Spot, NoticeSource.SpotRequest, instance.Notice?.EndsAt) }
                : instance)];
    }

    public Task<IReadOnlyList<Instance>> FindByIntentAsync(AwsAccount account, string intentId, CancellationToken cancellationToken) =>
        ListAsync(account,
            [
                new Filter { Name = $"tag:{Tags.Cluster}", Values = [cluster.Id] },
                new Filter { Name = $"tag:{Tags.Intent}", Values = [intentId] },
            ],
            cancellationToken);

    public async Task TerminateAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            await _terminations.SendAsync(account, instanceId, cancellationToken);
        }
        catch (AwsException e) when (e.IsNotFound)
        {
            // Gone, or so new that EC2 does not show it; the sweep handles the latter.
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "TerminateInstances");
        }

        InventoryOf(account).MarkEnded(instanceId, "Client.UserInitiatedShutdown", timeProvider.GetUtcNow());
    }

    // Machines are stopped one at a time, so nothing is gained by a batch.
    public async Task StopAsync(AwsAccount account, string instanceId, bool hibernates, CancellationToken cancellationToken)
    {
        try
        {
            await clients.Ec2(account).StopInstancesAsync(new() { InstanceIds = [instanceId], Hibernate = hibernates ? true : null }, cancellationToken);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "StopInstances");
        }

        InventoryOf(account).Change(instanceId, InstanceState.Stopping);
    }

    public async Task StartAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            await _starts.SendAsync(account, instanceId, cancellationToken);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "StartInstances");
        }

        InventoryOf(account).Change(instanceId, InstanceState.Pending);
    }

    public async Task<string> ConsoleTailAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await clients.Ec2(account).GetConsoleOutputAsync(new GetConsoleOutputRequest { InstanceId = instanceId }, cancellationToken);
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(answer.Output ?? ""));
            return string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(ConsoleLines));
        }
        catch (Exception e) when (e is AwsException or FormatException)
        {
            return ""; // Only additional information for an event, never a reason to fail.
        }
    }

    // One listing without an instance proves nothing, EC2 is eventually consistent: ask for it by name, which also says why it ended.
    private async Task<IReadOnlyList<Instance>> DescribeMissingAsync(
        AwsAccount account, IReadOnlyList<string> missing, CancellationToken cancellationToken)
    {
        var found = new List<Instance>();
        foreach (var ids in missing.Chunk(FilterValues))
        {
            found.AddRange(await ListAsync(account, [new Filter { Name = "instance-id", Values = [.. ids] }], cancellationToken));
        }

        return found;
    }

    private Inventory InventoryOf(AwsAccount account) => _inventories.GetOrRenew(account, () => new());

    private async Task<IReadOnlyList<Instance>> ListAsync(AwsAccount account, List<Filter> filters, CancellationToken cancellationToken)
    {
        var instances = new List<Instance>();
        string? nextToken = null;
        do
        {
            try
            {
                var page = await clients.Ec2(account).DescribeInstancesAsync(
                    new DescribeInstancesRequest { Filters = filters, MaxResults = 1000, NextToken = nextToken }, cancellationToken);
                instances.AddRange(page.Reservations.SelectMany(reservation => reservation.Instances).Select(InstanceMapping.Map));
                nextToken = page.NextToken;
            }
            catch (AwsException e)
            {
                throw AwsFailures.Translate(e, "DescribeInstances");
            }
        }
        while (!string.IsNullOrEmpty(nextToken));
        return [.. instances.OrderBy(instance => instance.Id, StringComparer.Ordinal)];
    }
}
