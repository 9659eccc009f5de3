using Microsoft.Extensions.DependencyInjection;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Commands.Doctor.Aws;
using Operator.Commands.Doctor.GitHub;
using Operator.Commands.Doctor.GitLab;
using Operator.Commands.Doctor.Kubernetes;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.Observability;
using Operator.ResourceClasses;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.Commands.Doctor;

/// <summary>Checks the cluster, then each account and pool in it, with the same components as the operator.</summary>
/// <param name="options">The operator's options.</param>
/// <param name="dependencies">The clock, and wrappers around calls.</param>
/// <param name="onlyPool">A single pool to check; null for all.</param>
internal sealed class DoctorSession(OperatorOptions options, OperatorDependencies dependencies, NamespacedName? onlyPool)
{
    private readonly DoctorRunner _runner = new();

    /// <summary>Runs all checks.</summary>
    public async Task<DoctorReport> RunAsync(KubernetesClientConfiguration configuration, CancellationToken cancellationToken)
    {
        var metrics = new OperatorMetrics();
        using var client = OperatorProcess.Connect(configuration, dependencies, metrics);
        var server = new ApiServerCheck(client, options);
        var cluster = new ClusterSubject(new Uri(configuration.Host));
        if (!await _runner.ExamineAsync<ClusterSubject>(cluster, [server, new RolesCheck(client, options), new KindsCheck(client)], cancellationToken))
        {
            return new(_runner.Findings, CouldNotRun: server.ClusterId is null);
        }

        await using var services = BuildServices(client, new(server.ClusterId!), metrics);
        await using var scope = services.CreateAsyncScope();
        return await ExamineOutsideAsync(client, scope.ServiceProvider, cancellationToken);
    }

    private async Task<DoctorReport> ExamineOutsideAsync(KubernetesClient client, IServiceProvider services, CancellationToken cancellationToken)
    {
        List<PoolSubject> pools;
        try
        {
            pools = await ListPoolsAsync(client, cancellationToken);
        }
        catch (KubernetesApiException e)
        {
            _runner.Add(new(Outcome.Failed, "pool", "list", "", ExpectedErrors.TextOf(e)!));
            return new(_runner.Findings);
        }

        if (pools.Count == 0)
        {
            _runner.Add(onlyPool is { } wanted
                ? new(Outcome.Failed, "pool", "list", wanted.ToString(), "the RunnerPool does not exist; list all with kubectl get runnerpools --all-namespaces")
                : new(Outcome.Warning, "pool", "list", "", "no RunnerPool exists yet: only the operator's own AWS region is checked, and no forge"));
        }

        var reachable = await ExamineAccountsAsync(pools, services, cancellationToken);
        foreach (var pool in pools)
        {
            var checks = services.GetServices<ICheck<PoolSubject>>().Where(check => check.Area != "aws" || reachable.Contains(pool.Account));
            await _runner.ExamineAsync(pool, checks, cancellationToken);
        }

        return new(_runner.Findings);
    }

    private async Task<HashSet<AwsAccount>> ExamineAccountsAsync(List<PoolSubject> pools, IServiceProvider services, CancellationToken cancellationToken)
    {
        var reachable = new HashSet<AwsAccount>();
        foreach (var account in pools.Select(pool => pool.Account).DefaultIfEmpty(AwsAccount.Default).Distinct())
        {
            var subject = new AccountSubject(account, services.GetRequiredService<IAwsClientFactory>().RegionOf(account));
            if (await _runner.ExamineAsync(subject, services.GetServices<ICheck<AccountSubject>>(), cancellationToken))
            {
                reachable.Add(account);
            }
        }

        return reachable;
    }

    private async Task<List<PoolSubject>> ListPoolsAsync(KubernetesClient client, CancellationToken cancellationToken)
    {
        var classes = (await client.ListAsync<V1Alpha1ResourceClass>(namespaceName: null, labelSelector: null, cancellationToken)).Items;
        var pools = new List<V1Alpha1RunnerPool>();
        foreach (var space in options.Watch.Lists)
        {
            pools.AddRange((await client.ListAsync<V1Alpha1RunnerPool>(space, labelSelector: null, cancellationToken)).Items);
        }

        return [.. pools.Where(pool => onlyPool is null || NamespacedName.From(pool) == onlyPool)
            .Select(pool => new PoolSubject(pool, ResourceClassFinder.Find(classes, pool.Spec.ResourceClassName)))];
    }

    private ServiceProvider BuildServices(KubernetesClient client, ClusterIdentity cluster, OperatorMetrics metrics) =>
        new ServiceCollection()
            .AddLogging()
            .AddMetrics(metrics)
            .AddOperator(options, dependencies, client, cluster)
            .AddScoped<DryRuns>()
            .AddScoped<MachineOffers>()
            .AddSingleton(_ => new HttpMessageInvoker(dependencies.WrapFor("github", metrics.Api)(dependencies.GitHub.Sockets())))
            .AddScoped<ICheck<AccountSubject>, IdentityCheck>()
            .AddScoped<ICheck<AccountSubject>, PermissionsCheck>()
            .AddScoped<ICheck<PoolSubject>, SpecCheck>()
            .AddScoped<ICheck<PoolSubject>, ConditionsCheck>()
            .AddScoped<ICheck<PoolSubject>, ImageCheck>()
            .AddScoped<ICheck<PoolSubject>, SubnetsCheck>()
            .AddScoped<ICheck<PoolSubject>, SecurityGroupsCheck>()
            .AddScoped<ICheck<PoolSubject>, InstanceTypesCheck>()
            .AddScoped<ICheck<PoolSubject>, ReservationsCheck>()
            .AddScoped<ICheck<PoolSubject>, LaunchCheck>()
            .AddScoped<ICheck<PoolSubject>, GroupCheck>()
            .AddScoped<ICheck<PoolSubject>, NetworkCheck>()
            .AddScoped<ICheck<PoolSubject>, SecretCheck>()
            .AddScoped<ICheck<PoolSubject>, AccessCheck>()
            .AddScoped<ICheck<PoolSubject>, RunnerGroupCheck>()
            .AddScoped<ICheck<PoolSubject>, ScaleSetCheck>()
            .AddScoped<ICheck<PoolSubject>, WebhookSecretCheck>()
            .AddScoped<ICheck<PoolSubject>, WebhookCheck>()
            .AddScoped<ICheck<PoolSubject>, GitLabTokenCheck>()
            .BuildServiceProvider(validateScopes: true);
}
