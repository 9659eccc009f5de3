using Operator.Demand.Webhooks;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Hosting;
using Operator.Leases;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Commands.Doctor.GitHub;

/// <summary>The webhooks' secret is known.</summary>
internal sealed class WebhookSecretCheck(IKubernetesClient client, OperatorOptions options) : ICheck<PoolSubject>
{
    public string Area => "github";

    public string Name => "webhook secret";

    public bool Concerns(PoolSubject subject) => subject.Pool.Spec.GitHub?.Demand == DemandSource.Webhook;

    public async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var own = WebhookTrust.SecretOf(subject.Pool);
        var shared = options.WebhookSecretName is { } name ? new NamespacedName(options.Namespace, name) : (NamespacedName?)null;
        foreach (var secret in new[] { own, shared }.OfType<NamespacedName>())
        {
            if ((await client.GetAsync<V1Secret>(secret, cancellationToken)).Entries().GetValueOrDefault(WebhookSecrets.Key) is { Length: > 0 })
            {
                return CheckResult.Ok($"in {secret}");
            }
        }

        return CheckResult.Failed($"no Secret holds {WebhookSecrets.Key}; add it to {own}, or start the operator (and the doctor) with --webhook-secret");
    }
}

/// <summary>Queued jobs can be listed, so that a lost webhook does no harm; and there is a webhook at all.</summary>
internal sealed class WebhookCheck(PoolScopes scopes, IGitHubConnections connections) : GitHubCheck("webhook", scopes)
{
    public override bool Concerns(PoolSubject subject) => subject.Pool.Spec.GitHub?.Demand == DemandSource.Webhook;

    protected override async Task<CheckResult> RunAsync(PoolSubject subject, GitHubScope scope, CancellationToken cancellationToken)
    {
        var client = connections.Get(scope.Target, scope.Credentials);
        try
        {
            var repositories = await client.ListRepositoriesAsync(scope.Target, cancellationToken) ?? [];
            if (repositories.Count > 0)
            {
                await client.ListRunsAsync(repositories[0].FullName, "queued", cancellationToken);
            }
        }
        catch (GitHubApiException e) when (e.Reason is GitHubErrors.Forbidden or GitHubErrors.NotFound)
        {
            return CheckResult.Failed($"queued jobs cannot be listed, so jobs of lost webhooks wait forever ({e.Message}); give the App or token permission to read actions");
        }

        try
        {
            return (await client.FindHooksAsync(scope.Target, GitHubWebhooks.Path, cancellationToken)).Count > 0
                ? CheckResult.Ok($"one points to {GitHubWebhooks.Path}")
                : CheckResult.Warning($"no webhook points to {GitHubWebhooks.Path}: jobs are found only by the check once a minute; create one at {scope.Target} (event: workflow jobs)");
        }
        catch (GitHubApiException e) when (e.Reason is GitHubErrors.Forbidden or GitHubErrors.NotFound)
        {
            return CheckResult.Ok("queued jobs can be listed; webhooks cannot be listed with these credentials, so failed deliveries are not redelivered");
        }
    }
}
