using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Operator.Aws.Clients;
using Operator.Aws.Fleets;
using Operator.Aws.Groups;
using Operator.Aws.HostScripts;
using Operator.Aws.Images;
using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Aws.Reservations;
using Operator.Demand;
using Operator.Demand.PendingJobs;
using Operator.Demand.ScaleSets;
using Operator.Demand.Webhooks;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.GitHub.Runs;
using Operator.GitHub.ScaleSets;
using Operator.GitLab;
using Operator.GitLab.Rest;
using Operator.LeaseApi;
using Operator.Leases;
using Operator.LeaseSets;
using Operator.Observability;
using Operator.Ownership;
using Operator.Pools;
using Operator.Reruns;
using Operator.ResourceClasses;
using Operator.Runtime.LeaderElection;
using Operator.Runtime.Metrics;
using Operator.Settings;

namespace Operator.Hosting;

/// <summary>
/// Registers the operator's services, room by room. Services that decide, and their state, are scoped to one term of leadership. What every
/// replica needs (stores, connections, webhook endpoint) is a singleton and therefore cannot depend on them.
/// </summary>
internal static class OperatorServices
{
    public static IServiceCollection AddOperator(
        this IServiceCollection services, OperatorOptions options, OperatorDependencies dependencies, IKubernetesClient client, ClusterIdentity cluster) =>
        services
            .AddSingleton(options)
            .AddSingleton(dependencies)
            .AddSingleton(dependencies.Time)
            .AddSingleton(dependencies.Leadership)
            .AddSingleton(client)
            .AddSingleton(cluster)
            .AddSingleton(options.Watch)
            .AddSingleton(options.GitHubHosts)
            .AddSingleton(dependencies.GitHub with { Named = options.GitHubHosts })
            .AddSingleton(options.Demand)
            .AddSingleton(options.PriceList)
            .AddKubernetes()
            .AddAws()
            .AddGitHub()
            .AddGitLab()
            .AddControllers()
            .AddSweeps()
            .AddWebhooks()
            .AddLeaseApi(options)
            .AddDashboard(options)
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
            .AddInformer<V1Alpha1RunnerLeaseSet>(sets =>
            {
                RunnerLeaseSetReconciler.AddIndexes(sets);
                CompletedRuns.AddIndexes(sets);
                LeaseService.AddIndexes(sets);
            })
            .AddInformer<V1Alpha1ResourceClass>()
            .AddSingleton(provider => new EventRecorder(
                provider.GetRequiredService<IKubernetesClient>(), "ec2runners", provider.GetRequiredService<RuntimeEnvironment>(), RunnerLeaseReasons.Losses)
            {
                Leadership = provider.GetRequiredService<Leadership>(),
            });

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
            .AddScoped<UnavailableOfferings>()
            .AddScoped<OfferingProvider>()
            .AddScoped<SpotPriceProvider>()
            .AddScoped<OnDemandPriceLists>()
            .AddScoped(provider => new PriceListClient(
                new HttpClient(provider.GetRequiredService<OperatorDependencies>().WrapFor("pricing", provider.GetRequiredService<OperatorMetrics>().Api)(
                    new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.All, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }))
                {
                    Timeout = Timeout.InfiniteTimeSpan, // the service limits the total time
                },
                provider.GetRequiredService<PriceListOptions>()))
            .AddScoped<PriceListService>()
            .AddScoped<PriceProvider>()
            .AddScoped<LaunchLessons>()
            .AddScoped<LaunchLimiter>()
            .AddScoped<ILaunchBackend, FleetLaunchBackend>()
            .AddScoped(provider => new InstanceLauncher(
                provider.GetRequiredService<ILaunchBackend>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<OperatorDependencies>().NewId))
            .AddScoped<IInstanceProvider, Ec2InstanceProvider>()
            .AddScoped<OwnedGroups>()
            .AddScoped<IAutoScalingGroupProvider, AutoScalingGroupProvider>()
            .AddScoped<PoolGroups>()
            .AddScoped<ILaunchTemplateProvider, Ec2LaunchTemplateProvider>()
            .AddScoped<ImageProvider>()
            .AddScoped<SubnetProvider>()
            .AddScoped<SecurityGroupProvider>()
            .AddScoped<CapacityReservationProvider>()
            .AddScoped<InstanceTypeProvider>();

    private static IServiceCollection AddGitHub(this IServiceCollection services) =>
        services
            .AddSingleton<CredentialRefusals>()
            .AddSingleton<IGitHubConnections>(provider => new GitHubConnections(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<GitHubConnections>>(),
                provider.GetRequiredService<OperatorDependencies>().WrapFor("github", provider.GetRequiredService<OperatorMetrics>().Api),
                provider.GetRequiredService<OperatorDependencies>().NetworkTime,
                provider.GetRequiredService<GitHubAddresses>())
            {
                CheckHost = provider.GetRequiredService<GitHubHosts>().Demand,
                ReportCredential = provider.GetRequiredService<CredentialRefusals>().Record,
            })
            .AddSingleton<IScaleSetConnections>(provider => new ScaleSetConnections(
                provider.GetRequiredService<IGitHubConnections>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ScaleSetConnections>>(),
                provider.GetRequiredService<OperatorDependencies>().WrapFor("github", provider.GetRequiredService<OperatorMetrics>().Api),
                provider.GetRequiredService<OperatorDependencies>().NetworkTime,
                provider.GetRequiredService<GitHubAddresses>()))
            .AddScoped<ForgeBulkhead>()
            .AddScoped<GitHubRunnerRegistry>()
            .AddScoped<IRunnerRegistry>(provider => new RunnerRegistries(new Dictionary<ForgeKind, IRunnerRegistry>
            {
                [ForgeKind.GitHub] = provider.GetRequiredService<GitHubRunnerRegistry>(),
                [ForgeKind.GitLab] = provider.GetRequiredService<GitLabRunnerRegistry>(),
            }))
            .AddScoped<ScaleSetRunners>();

    private static IServiceCollection AddGitLab(this IServiceCollection services) =>
        services
            .AddSingleton<IGitLabConnections>(provider => new GitLabConnections(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<GitLabConnections>>(),
                provider.GetRequiredService<OperatorDependencies>().WrapFor("gitlab", provider.GetRequiredService<OperatorMetrics>().Api),
                provider.GetRequiredService<OperatorDependencies>().NetworkTime,
                provider.GetRequiredService<GitHubAddresses>())
            {
                CheckHost = provider.GetRequiredService<GitHubHosts>().Demand,
            })
            .AddScoped<GitLabRunnerRegistry>();

    private static IServiceCollection AddDemand(this IServiceCollection services) =>
        services
            .AddScoped<PoolDemand>()
            .AddScoped(provider => new PendingJobStatus(provider.GetRequiredService<ControllerQueues>().Pools.Add))
            .AddScoped<PendingJobCheck>()
            .AddScoped<PendingJobService>()
            .AddScoped<IRunnerJobRecorder, RunnerJobRecorder>()
            .AddScoped(provider => new ScaleSetStates(provider.GetRequiredService<ControllerQueues>().Pools.Add))
            .AddScoped<ScaleSetProvisioner>()
            .AddScoped<DesiredScaleSets>()
            .AddScoped<ScaleSetConnector>()
            .AddScoped<ScaleSetMessageHandler>()
            .AddScoped(provider => new ScaleSetSupervisor(
                provider.GetRequiredService<IStore<V1Alpha1RunnerPool>>(),
                provider.GetRequiredService<ScaleSetConnector>(),
                provider.GetRequiredService<ScaleSetStates>(),
                pool => ActivatorUtilities.CreateInstance<ScaleSetListener>(provider, pool),
                provider.GetRequiredService<LoopSupervisor>(),
                provider.GetRequiredService<ILogger<ScaleSetSupervisor>>()));

    private static IServiceCollection AddControllers(this IServiceCollection services) =>
        services
            .AddSingleton<PoolDirectory>()
            .AddScoped<WorkerShares>()
            .AddScoped(provider => provider.GetRequiredService<WorkerShares>().CreateQueues(provider.GetRequiredService<RuntimeEnvironment>()))
            .AddScoped<CredentialsReader>()
            .AddScoped<PoolScopes>()
            .AddScoped<TemplateContents>()
            .AddScoped<PoolTemplates>()
            .AddScoped<PoolCleanup>()
            .AddScoped<UnrecordedRegistrations>()
            .AddScoped<CredentialsValidator>()
            .AddScoped<RunnerReleases>()
            .AddScoped<RunnerDeprecations>()
            .AddScoped<HostSettingsFactory>()
            .AddScoped<MachineFits>()
            .AddScoped<PoolPreparer>()
            .AddScoped<RefreshRequests>()
            .AddScoped<PoolFinalizer>()
            .AddScoped<RunnerPoolActuator>()
            .AddScoped<PoolCosts>()
            .AddScoped<RunnerPoolWriter>()
            .AddScoped<RunnerPoolReconciler>()
            .AddScoped<ResourceClassReconciler>()
            .AddScoped<ReservedCapacity>()
            .AddScoped<LaunchNeeds>()
            .AddScoped<LeaseHandOver>()
            .AddScoped<StandbyStarter>()
            .AddScoped<HostCommands>()
            .AddScoped<MachinePreparer>()
            .AddScoped<MachineDrainer>()
            .AddScoped<RegistrationViews>()
            .AddScoped<RegistrationRemover>()
            .AddScoped<CompletedRunners>()
            .AddScoped<LeaseRunnerNames>()
            .AddScoped<RunnerLeaseActuator>()
            .AddScoped<FailedActions>()
            .AddScoped(provider => new InterruptionQueue(
                provider.GetRequiredService<IAwsClientFactory>(), provider.GetRequiredService<OperatorOptions>().InterruptionQueue))
            .AddScoped<InterruptionRecorder>()
            .AddScoped<InterruptionListener>()
            .AddScoped<LostJobRecords>()
            .AddScoped<WorkflowRuns>()
            .AddScoped<RerunObserver>()
            .AddScoped<RerunActuator>()
            .AddScoped<RerunReconciler>()
            .AddScoped<HolderRuns>()
            .AddScoped<RunnerLeaseSetObserver>()
            .AddScoped<RunnerLeaseSetActuator>()
            .AddScoped<RunnerLeaseSetReconciler>()
            .AddScoped<LaunchGate>()
            .AddScoped<RunnerLeaseLauncher>()
            .AddScoped<RunnerLeaseObserver>()
            .AddScoped<UnsentStatus>()
            .AddScoped<RunnerLeaseReconciler>()
            .AddScoped<JitConfigs>()
            .AddScoped<RegistrationTokens>()
            .AddScoped<RunnerLeaseRegistrar>()
            .AddScoped<RunnerSecrets>()
            .AddSingleton<RunnerLeaseWriter>();

    private static IServiceCollection AddSweeps(this IServiceCollection services) =>
        services
            .AddScoped(provider => new PoolOwnershipStore(
                provider.GetRequiredService<IKubernetesClient>(),
                new(provider.GetRequiredService<OperatorOptions>().Namespace, OperatorObjects.OwnershipRecord),
                provider.GetRequiredService<WatchScope>(),
                provider.GetRequiredService<TimeProvider>()))
            .AddScoped<OwnersReader>()
            .AddScoped<OwnedRunnerNames>()
            .AddScoped<CachedOwners>()
            .AddScoped(provider => new LeaseEnqueuer(
                provider.GetRequiredService<IStore<V1Alpha1RunnerLease>>(), provider.GetRequiredService<ControllerQueues>().Leases.Add))
            .AddScoped<OrphanedInstances>()
            .AddScoped<OrphanedRegistrations>()
            .AddScoped<SweepTargets>()
            .AddScoped<AccountSweeps>()
            .AddScoped<InstanceSweep>()
            .AddScoped(provider => new GroupSweep(
                provider.GetRequiredService<IAutoScalingGroupProvider>(), provider.GetRequiredService<IStore<V1Alpha1RunnerPool>>(), provider.GetRequiredService<LeaseEnqueuer>(),
                provider.GetRequiredService<ControllerQueues>().Pools.Add))
            .AddScoped<RunnerSweep>()
            .AddScoped<TemplateSweep>()
            .AddScoped<CommandSweep>()
            .AddScoped<UnusedResourceRemoval>()
            .AddScoped<UnusedResourceSweep>()
            .AddScoped<SweepService>();
}
