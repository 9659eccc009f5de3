using System.Net;
using Operator.Forges;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;

namespace Operator.GitHub.Registrations;

/// <summary>
/// Registers runners in a scale set. Only this uses the Actions service: ids are the same everywhere, and REST, which lists and removes
/// runners of both kinds, distinguishes removed from already gone.
/// </summary>
internal sealed class ScaleSetRunners(IScaleSetConnections connections, ForgeBulkhead slow)
{
    /// <summary>Reason: the scale set does not exist yet, or was removed at GitHub.</summary>
    public const string NotReady = "ScaleSetNotReady";

    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Registers a runner for one job. An idle runner with the same name is left over from a call whose answer was lost, and is replaced:
    /// the name is computed from our lease.
    /// </summary>
    /// <param name="scope">The target and credentials.</param>
    /// <param name="scaleSetId">The scale set; null if it does not exist yet.</param>
    /// <param name="name">A name from <see cref="RunnerNames"/>.</param>
    /// <param name="workFolder">The work folder, relative to the runner's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RegistryException">GitHub refuses, or there is no scale set.</exception>
    public Task<NewRunner> RegisterAsync(
        GitHubScope scope, long? scaleSetId, string name, string workFolder, CancellationToken cancellationToken) =>
        scaleSetId is { } id
            ? slow.CallAsync(scope.Target, token => RegisterAsync(scope, id, name, workFolder, token), cancellationToken)
            : throw NoScaleSet(inner: null);

    private async Task<NewRunner> RegisterAsync(GitHubScope scope, long id, string name, string workFolder, CancellationToken cancellationToken)
    {
        var client = connections.Get(scope.Target, scope.Credentials);
        try
        {
            return await GenerateAsync(client, id, name, workFolder, cancellationToken);
        }
        catch (GitHubNameTakenException)
        {
            return await ReplaceAsync(client, scope, id, name, workFolder, cancellationToken);
        }
        catch (GitHubApiException exception)
        {
            throw Translate(scope, exception);
        }
    }

    private static async Task<NewRunner> ReplaceAsync(
        IScaleSetClient client, GitHubScope scope, long id, string name, string workFolder, CancellationToken cancellationToken)
    {
        try
        {
            var holder = await client.FindRunnerAsync(name, cancellationToken);
            return holder is not null && await client.DeleteRunnerAsync(holder.Id, cancellationToken) == RunnerDeletion.Busy
                ? new NewRunner(holder.Id, holder.Name, StartSecret: null)
                : await GenerateAsync(client, id, name, workFolder, cancellationToken);
        }
        catch (GitHubApiException exception)
        {
            throw Translate(scope, exception);
        }
    }

    private static async Task<NewRunner> GenerateAsync(
        IScaleSetClient client, long id, string name, string workFolder, CancellationToken cancellationToken)
    {
        var config = await client.GenerateJitConfigAsync(id, name, workFolder, cancellationToken);
        return new NewRunner(config.Runner.Id, config.Runner.Name, config.EncodedJitConfig);
    }

    private static RegistryException Translate(GitHubScope scope, GitHubApiException exception) =>
        exception.StatusCode == (int)HttpStatusCode.NotFound ? NoScaleSet(exception) : RegistryFailures.From(scope.Target, exception);

    private static RegistryException NoScaleSet(Exception? inner) =>
        new(NotReady, "the pool's scale set does not exist yet, or was removed at GitHub and is being recreated; see the pool's condition DemandReady", inner)
        {
            RetryAfter = RetrySoon,
        };
}
