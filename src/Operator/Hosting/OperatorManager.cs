using Microsoft.Extensions.DependencyInjection;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.Runtime.LeaderElection;

namespace Operator.Hosting;

/// <summary>Runs on every replica: stores, leader election, events. The rest is in <see cref="OperatorTerm"/>.</summary>
internal static class OperatorManager
{
    /// <summary>With 20 % jitter, a released lease is acquired within a second.</summary>
    private static readonly TimeSpan StandbyRetryPeriod = TimeSpan.FromMilliseconds(800);

    public static ControllerManager Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<OperatorOptions>();
        var environment = services.GetRequiredService<RuntimeEnvironment>();
        return new(
            new ControllerManagerOptions
            {
                Informers =
                [
                    services.GetRequiredService<IInformer<V1Alpha1RunnerPool>>(),
                    services.GetRequiredService<IInformer<V1Alpha1RunnerLease>>(),
                    services.GetRequiredService<IInformer<V1Alpha1RunnerLeaseSet>>(),
                    services.GetRequiredService<IInformer<V1Alpha1ResourceClass>>(),
                ],
                Health = services.GetService<ApiHealth>(),
                BeginTerm = () => OperatorTerm.Begin(services),
                Elector = options.LeaderElect ? CreateElector(services, options, environment) : null,
                Events = services.GetRequiredService<EventRecorder>(),
                Supervisor = services.GetRequiredService<LoopSupervisor>(),
            },
            environment);
    }

    private static LeaderElector CreateElector(IServiceProvider services, OperatorOptions options, RuntimeEnvironment environment) => new(
        services.GetRequiredService<IKubernetesClient>(),
        new LeaderElectionOptions
        {
            Lease = new(options.Namespace, OperatorObjects.LeaderLease),
            Identity = $"{options.Identity}_{environment.NewId():N}",
            StandbyRetryPeriod = StandbyRetryPeriod,
            Leadership = services.GetRequiredService<Leadership>(),
        },
        environment);
}
