using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Operator.Aws.Clients;
using Operator.Aws.Fleets;
using Operator.Aws.Images;
using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Demand;
using Operator.Demand.ScaleSets;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Leases;
using Operator.Observability;
using Operator.Ownership;
using Operator.Pools;
using Operator.ResourceClasses;
using Operator.Runtime.Metrics;
using Operator.Settings;

namespace Operator.Hosting;

/// <summary>Wires the operator together, room by room.</summary>
internal static class OperatorServices
{
    public static IServiceCollection AddOperator(
        this IServiceCollection services, OperatorOptions options, OperatorDependencies seams, IKubernetesClient client, ClusterIdentity cluster) =>
        services
            .AddSingleton(options)
            .AddSingleton(seams)
            .AddSingleton(seams.Time)
            .AddSingleton(client)
            .AddSingleton(cluster)
            .AddSingleton(options.Watch)
            .AddSingleton(options.GitHubHosts)
            .AddSingleton(options.Demand)
            .AddKubernetes()
            .AddAws()
            .AddGitHub()
            .AddControllers()
            .AddSweeps()
            .AddWebhooks()
            .AddDemand()
            .AddTracing()
            .AddSingleton(OperatorManager.Create)
            .AddHostedService(provider => provider.GetRequiredService<ControllerManager>())
            .AddHostedService<InstalledKindsCheck>();

    private static IServiceCollection AddKubernetes(this IServiceCollection services) =>
        services
            .AddSingleton(provider => new RuntimeEnvironment(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<OperatorDependencies>().Jitter,
                provider.GetRequiredService<OperatorDependencies>().NewId,
                provider.GetRequiredService<ILoggerFactory>(),
                provider.GetRequiredService<RuntimeMetrics>()))
            .AddSingleton<LoopSupervisor>()
            .AddInformer<V1Alpha1RunnerPool>()
            .AddInformer<V1Alpha1RunnerLease>(LeaseIndexes.AddTo)
            .AddInformer<V1Alpha1ResourceClass>()
            .AddSingleton(provider => new EventRecorder(
                provider.GetRequiredService<IKubernetesClient>(), "ec2runners", provider.GetRequiredService<RuntimeEnvironment>()));

    private static IServiceCollection AddInformer<T>(this IServiceCollection services, Action<IStore<T>>? addIndexes = null)
        where T : class, IKubernetesObject =>
        services
            .AddSingleton(provider =>
            {
                var informer = CreateInformer<T>(
                    provider.GetRequiredService<IKubernetesClient>(),
                    provider.GetRequiredService<WatchScope>(),
                    provider.GetRequiredService<RuntimeEnvironment>());
                addIndexes?.Invoke(informer.Store);
                return informer;
            })
            .AddSingleton(provider => provider.GetRequiredService<IInformer<T>>().Store);

    private static IInformer<T> CreateInformer<T>(IKubernetesClient client, WatchScope scope, RuntimeEnvironment environment)
        where T : class, IKubernetesObject =>
        scope.IsEverywhere || typeof(T).GetCustomAttribute<KubernetesEntityAttribute>() is { Namespaced: false }
            ? new Informer<T>(client, new InformerOptions(), environment)
            : new NamespacedInformers<T>(client, scope.Namespaces, new InformerOptions(), environment);

    private static IServiceCollection AddAws(this IServiceCollection services) =>
        services
            .AddSingleton(provider => new ErrorLog(
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ErrorLog>>()))
            .AddSingleton<IAwsClientFactory>(provider => new AwsClientFactory(
                provider.GetRequiredService<OperatorDependencies>().AwsOptions(provider.GetRequiredService<OperatorMetrics>().Api) with
                {
                    Refused = provider.GetRequiredService<ErrorLog>().Note,
                    ExternalId = provider.GetRequiredService<ClusterIdentity>().Id,
                }))
            .AddSingleton(provider => (IAwsIdentities)provider.GetRequiredService<IAwsClientFactory>())
            .AddSingleton<StartReport>()
            .AddSingleton<UnavailableOfferings>()
            .AddSingleton<OfferingProvider>()
            .AddSingleton<LaunchLessons>()
            .AddSingleton<LaunchLimiter>()
            .AddSingleton<ILaunchBackend, FleetLaunchBackend>()
            .AddSingleton(provider => new InstanceLauncher(
                provider.GetRequiredService<ILaunchBackend>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<OperatorDependencies>().NewId))
            .AddSingleton<IInstanceProvider, Ec2InstanceProvider>()
            .AddSingleton<ILaunchTemplateProvider, Ec2LaunchTemplateProvider>()
            .AddSingleton<IImageProvider, Ec2ImageProvider>()
            .AddSingleton<ISubnetProvider, Ec2SubnetProvider>()
            .AddSingleton<ISecurityGroupProvider, Ec2SecurityGroupProvider>()
            .AddSingleton<IInstanceTypeProvider, Ec2InstanceTypeProvider>();

    private static IServiceCollection AddGitHub(this IServiceCollection services) =>
        services
            .AddSingleton<IGitHubConnections>(provider => new GitHubConnections(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<GitHubConnections>>(),
                provider.GetRequiredService<OperatorDependencies>().WrapFor("github", provider.GetRequiredService<OperatorMetrics>().Api),
                provider.GetRequiredService<OperatorDependencies>().NetworkTime)
            {
                CheckHost = provider.GetRequiredService<GitHubHosts>().Demand,
            })
            .AddSingleton<IScaleSetConnections>(provider => new ScaleSetConnections(
                provider.GetRequiredService<IGitHubConnections>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ScaleSetConnections>>(),
                provider.GetRequiredService<OperatorDependencies>().WrapFor("github", provider.GetRequiredService<OperatorMetrics>().Api),
                provider.GetRequiredService<OperatorDependencies>().NetworkTime))
            .AddSingleton<IRunnerRegistry, GitHubRunnerRegistry>()
            .AddSingleton<ScaleSetRunners>();

    private static IServiceCollection AddDemand(this IServiceCollection services) =>
        services
            .AddSingleton<PoolDemand>()
            .AddSingleton<IRunnerJobRecorder, RunnerJobRecorder>()
            .AddSingleton<ScaleSetStates>()
            .AddSingleton<ScaleSetProvisioner>()
            .AddSingleton<ScaleSetContext>()
            .AddSingleton<ScaleSetConnector>()
            .AddSingleton<ScaleSetMessageHandler>()
            .AddSingleton(provider => new ScaleSetSupervisor(
                provider.GetRequiredService<IStore<V1Alpha1RunnerPool>>(),
                provider.GetRequiredService<ScaleSetConnector>(),
                provider.GetRequiredService<ScaleSetStates>(),
                pool => ActivatorUtilities.CreateInstance<ScaleSetListener>(provider, pool),
                provider.GetRequiredService<LoopSupervisor>(),
                provider.GetRequiredService<ILogger<ScaleSetSupervisor>>()));

    private static IServiceCollection AddControllers(this IServiceCollection services) =>
        services
            .AddSingleton<PoolDirectory>()
            .AddSingleton<CredentialsReader>()
            .AddSingleton<PoolScopes>()
            .AddSingleton<PoolTemplates>()
            .AddSingleton<PoolCleanup>()
            .AddSingleton<UnrecordedRegistrations>()
            .AddSingleton<CredentialsValidator>()
            .AddSingleton<RunnerReleases>()
            .AddSingleton<HostSettingsFactory>()
            .AddSingleton<PoolPreparer>()
            .AddSingleton<PoolFinalizer>()
            .AddSingleton<RunnerPoolActuator>()
            .AddSingleton<RunnerPoolWriter>()
            .AddSingleton<RunnerPoolReconciler>()
            .AddSingleton<ResourceClassReconciler>()
            .AddSingleton<LaunchNeeds>()
            .AddSingleton<LeaseHandOver>()
            .AddSingleton<RegistrationViews>()
            .AddSingleton<RegistrationRemover>()
            .AddSingleton<CompletedRunners>()
            .AddSingleton<RunnerLeaseActuator>()
            .AddSingleton<LaunchGate>()
            .AddSingleton<RunnerLeaseLauncher>()
            .AddSingleton<RunnerLeaseObserver>()
            .AddSingleton<RunnerLeaseReconciler>()
            .AddSingleton<RunnerLeaseRegistrar>()
            .AddSingleton<RunnerLeaseWriter>();

    private static IServiceCollection AddSweeps(this IServiceCollection services) =>
        services
            .AddSingleton(provider => new PoolOwnershipStore(
                provider.GetRequiredService<IKubernetesClient>(),
                new(provider.GetRequiredService<OperatorOptions>().Namespace, OperatorObjects.Ledger),
                provider.GetRequiredService<WatchScope>(),
                provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<OwnersReader>()
            .AddSingleton<OwnedRunnerNames>()
            .AddSingleton<LeaseEnqueuer>()
            .AddSingleton<OrphanedInstances>()
            .AddSingleton<OrphanedRegistrations>()
            .AddSingleton<SweepTargets>()
            .AddSingleton<InstanceSweep>()
            .AddSingleton<RunnerSweep>()
            .AddSingleton<TemplateSweep>()
            .AddSingleton<MailSweep>()
            .AddSingleton<UnusedResourceRemoval>()
            .AddSingleton<UnusedResourceSweep>()
            .AddSingleton<SweepService>();
}
