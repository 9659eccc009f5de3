using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Mailboxes;
using Operator.Common;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Ownership;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;
using Operator.Tests.Leases;

namespace Operator.Tests.Ownership;

/// <summary>Free resources are removed only when nothing can need them: commands that may be read, and templates that may be launched from, are kept.</summary>
public sealed class UnusedResourceSweepTests
{
    private readonly Leftovers _outside = new();
    private readonly KnownMachines _machines = new();
    private readonly ObjectStore<V1Alpha1RunnerLease> _leases = new();
    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();
    private readonly PoolOwnershipStore _ownership = new(Substitute.For<IKubernetesClient>(), new("ns", "ownership"), WatchScope.Everywhere, new ManualTimeProvider());
    private readonly Instruments _instruments = new();
    private readonly UnusedResourceSweep _sweep;

    public UnusedResourceSweepTests()
    {
        LeaseIndexes.AddTo(_leases);
        var report = new OrphanReport(_instruments, Substitute.For<IEventRecorder>(), NullLogger<OrphanReport>.Instance);
        var removal = new UnusedResourceRemoval(report);
        _sweep = new(
            new TemplateSweep(_outside, _ownership, _pools, _leases, removal, report), new CommandSweep(_outside, _machines, _leases, removal, report), removal);
    }

    [Fact]
    public async Task Command_GoesOnlyWithItsMachine()
    {
        _outside.Commands.AddRange(["i-gone", "i-live", "i-hidden", "i-leased"]);
        _machines.Views["i-gone"] = new InstanceView.Gone(Reason: null);
        _machines.Views["i-live"] = new InstanceView.Live(Some.Running("i-live"));
        _machines.Views["i-leased"] = new InstanceView.Gone(Reason: null); // its lease withdraws it, and must hear whether it was read
        _leases.Set(Some.Launched(change: lease => lease.Status!.Instance!.Id = "i-leased"));

        await SweepAsync();

        Assert.Equal(["withdraw i-gone"], _outside.Calls);
        Assert.Equal(1, Counted("instance_command"));
    }

    [Fact]
    public async Task Secrets_GoWithTheirMachine()
    {
        _outside.Secrets.Add("i-gone");
        _machines.Views["i-gone"] = new InstanceView.Gone(Reason: null);

        await SweepAsync();

        Assert.Empty(_outside.Secrets);
        Assert.Equal(1, Counted("instance_command"));
    }

    [Fact]
    public async Task Command_ReadJustThen_IsNotCounted()
    {
        _outside.Commands.Add("i-gone");
        _outside.Read.Add("i-gone");
        _machines.Views["i-gone"] = new InstanceView.Gone(Reason: null);

        await SweepAsync();

        Assert.Equal(0, Counted("instance_command"));
    }

    [Theory]
    [InlineData("lt-pool")] // a pool launches from it
    [InlineData("lt-lease")] // a lease's intent may still be repeated
    [InlineData("lt-young")] // its pool has not noted it yet
    [InlineData("lt-foreign")] // another pool's, of another cluster perhaps
    [InlineData("lt-untagged")]
    public async Task Template_InUseOrNotOurs_Stays(string id)
    {
        await EnterPoolAsync();
        _leases.Set(Some.Launched(change: lease => lease.Status!.Launch!.TemplateId = "lt-lease"));
        _outside.Templates.Add(new(id, id, id switch { "lt-foreign" => "other", "lt-untagged" => null, _ => "pool-uid" }, Some.Now.AddMinutes(id == "lt-young" ? -5 : -60)));
        _outside.Templates.Add(Old("lt-unused"));

        await SweepAsync();

        Assert.Equal(["delete lt-unused"], _outside.Calls);
        Assert.Equal(1, Counted("launch_template"));
    }

    [Fact]
    public async Task OneCannotBeRemoved_OthersGo_AndItIsTriedAgain()
    {
        await EnterPoolAsync();
        _outside.Templates.AddRange([Old("lt-1"), Old("lt-2")]);
        _outside.Commands.AddRange(["i-1", "i-2"]);
        _machines.Views["i-1"] = _machines.Views["i-2"] = new InstanceView.Gone(Reason: null);
        _outside.Failures.UnionWith(["delete lt-1", "withdraw i-1"]);

        await SweepAsync();
        await SweepAsync();

        Assert.Equal(
            ["delete lt-1", "delete lt-1", "delete lt-2", "withdraw i-1", "withdraw i-1", "withdraw i-2"],
            _outside.Calls.Order(StringComparer.Ordinal));
        Assert.Equal((1, 1), (Counted("launch_template"), Counted("instance_command")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneKindCannotBeListed_TheOtherIsSweptAllTheSame(bool templatesFail)
    {
        await EnterPoolAsync();
        _outside.Templates.Add(Old("lt-1"));
        _outside.Commands.Add("i-1");
        _machines.Views["i-1"] = new InstanceView.Gone(Reason: null);
        _outside.Failures.Add(templatesFail ? "list templates" : "list commands");

        await Assert.ThrowsAsync<ProviderException>(SweepAsync);

        Assert.Equal([templatesFail ? "withdraw i-1" : "delete lt-1"], _outside.Calls);
    }

    private Task SweepAsync() => _sweep.SweepAsync(AwsAccount.Default, Some.Now, CancellationToken.None);

    private async Task EnterPoolAsync()
    {
        var pool = new V1Alpha1RunnerPool
        {
            Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "pool-uid" },
            Spec = { GitHub = new() { Url = "https://github.com/my-org" }, Launch = new(), Capacity = new() },
            Status = new() { LaunchTemplate = new() { Id = "lt-pool" } },
        };
        _pools.Set(pool);
        await _ownership.AddAsync(pool, CancellationToken.None);
    }

    private static OwnedTemplate Old(string id) => new(id, id, "pool-uid", Some.Now.AddHours(-1));

    private long Counted(string kind) => (long)_instruments.CreateCounter("orphans_removed_total", "", "kind").WithLabels(kind).Value;

    /// <summary>Command and templates as AWS has them.</summary>
    private sealed class Leftovers : IMailbox, ILaunchTemplateProvider
    {
        public List<string> Commands { get; } = [];

        /// <summary>Instances with secrets that they have not read.</summary>
        public HashSet<string> Secrets { get; } = [];

        /// <summary>Command that its machine takes between the listing and the removal.</summary>
        public HashSet<string> Read { get; } = [];

        public List<OwnedTemplate> Templates { get; } = [];

        public HashSet<string> Failures { get; } = [];

        public List<string> Calls { get; } = [];

        Task<IReadOnlyList<string>> IMailbox.ListAsync(AwsAccount account, CancellationToken cancellationToken)
        {
            Fail("list commands");
            return Task.FromResult<IReadOnlyList<string>>([.. Commands, .. Secrets]);
        }

        Task<IReadOnlyList<OwnedTemplate>> ILaunchTemplateProvider.ListAsync(AwsAccount account, CancellationToken cancellationToken)
        {
            Fail("list templates");
            return Task.FromResult<IReadOnlyList<OwnedTemplate>>([.. Templates]);
        }

        public Task<bool> RevokeAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
        {
            Ask("withdraw " + instanceId);
            return Task.FromResult(Commands.Remove(instanceId) && !Read.Contains(instanceId));
        }

        public Task<bool> RemoveSecretsAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Task.FromResult(Secrets.Remove(instanceId));

        public Task PutSecretsAsync(AwsAccount account, string instanceId, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(AwsAccount account, string id, CancellationToken cancellationToken)
        {
            Ask("delete " + id);
            Templates.RemoveAll(template => template.Id == id);
            return Task.CompletedTask;
        }

        public Task PutAsync(AwsAccount account, string instanceId, InstanceCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> HasCommandAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<LaunchTemplateRef> EnsureAsync(
            AwsAccount account, PoolIdentity pool, LaunchTemplateContent content, IReadOnlySet<string> recorded, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Forget(string id) => throw new NotSupportedException();

        public void Replace(string id) => throw new NotSupportedException();

        private void Ask(string call)
        {
            Calls.Add(call);
            Fail(call);
        }

        private void Fail(string call)
        {
            if (Failures.Contains(call))
            {
                throw new ProviderException("AwsUnavailable", "injected");
            }
        }
    }
}
