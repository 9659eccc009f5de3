namespace Operator.GitHub.Rest;

/// <content>Webhooks and their deliveries.</content>
internal sealed partial class GitHubClient
{
    private const int MostDeliveryPages = 5;

    public async Task<IReadOnlyList<GitHubHookPath>> FindHooksAsync(
        GitHubTarget target, string receiverPath, CancellationToken cancellationToken)
    {
        if (_tokens.IsInstallation)
        {
            var path = new GitHubHookPath("app/hook", IsOfApp: true);
            var config = (await SendToHookAsync("GetHook", HttpMethod.Get, path, "/config", cancellationToken)).Read(GitHubJson.Default.GitHubHookConfig);
            return LeadsTo(config, receiverPath) ? [path] : [];
        }

        if (target.Kind == GitHubTargetKind.Enterprise)
        {
            return []; // GitHub has no API for their deliveries
        }

        var call = new GitHubCall("ListHooks", HttpMethod.Get, $"{target.Path}/hooks?per_page=100", GitHubPriority.Low);
        var hooks = Noted((await SendForSuccessAsync(call, cancellationToken)).Read(GitHubJson.Default.IReadOnlyListGitHubHook));
        return [.. hooks.Where(hook => hook.Active && LeadsTo(hook.Config, receiverPath))
            .Select(hook => new GitHubHookPath($"{target.Path}/hooks/{hook.Id}", IsOfApp: false))];
    }

    public async Task<IReadOnlyList<GitHubHookDelivery>> ListDeliveriesAsync(
        GitHubHookPath hook, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var deliveries = new List<GitHubHookDelivery>();
        var query = "?per_page=100";
        for (var page = 0; page < MostDeliveryPages && query is not null; page++)
        {
            var answer = await SendToHookAsync("ListDeliveries", HttpMethod.Get, hook, "/deliveries" + query, cancellationToken);
            var items = Noted(answer.Read(GitHubJson.Default.IReadOnlyListGitHubHookDelivery));
            deliveries.AddRange(items.Where(item => item.DeliveredAt >= since));
            query = items.Count > 0 && items[^1].DeliveredAt >= since ? NextQuery(answer) : null;
        }

        return deliveries;
    }

    public async Task RedeliverAsync(GitHubHookPath hook, long deliveryId, CancellationToken cancellationToken) =>
        await SendToHookAsync("Redeliver", HttpMethod.Post, hook, $"/deliveries/{deliveryId}/attempts", cancellationToken);

    private async Task<GitHubAnswer> SendToHookAsync(
        string operation, HttpMethod method, GitHubHookPath hook, string rest, CancellationToken cancellationToken)
    {
        var call = new GitHubCall(operation, method, hook.Path + rest, GitHubPriority.Low);
        if (!hook.IsOfApp)
        {
            return await SendForSuccessAsync(call, cancellationToken);
        }

        var (answer, jwt) = await _tokens.SendAsAppAsync(call, cancellationToken);
        return answer.IsSuccess ? answer : throw GitHubFailure.From(call, answer, jwt);
    }

    private static bool LeadsTo(GitHubHookConfig config, string receiverPath) =>
        Uri.TryCreate(config.Url, UriKind.Absolute, out var url)
        && url.AbsolutePath.TrimEnd('/').EndsWith(receiverPath, StringComparison.OrdinalIgnoreCase);

    // Deliveries have cursors instead of page numbers: <https://api.github.com/app/hook/deliveries?cursor=v1_5>; rel="next"
    private static string? NextQuery(GitHubAnswer answer)
    {
        if (!answer.Headers.TryGetValues("Link", out var links))
        {
            return null;
        }

        var next = links.SelectMany(link => link.Split(',')).FirstOrDefault(link => link.Contains("rel=\"next\"", StringComparison.OrdinalIgnoreCase));
        var address = next?[(next.IndexOf('<', StringComparison.Ordinal) + 1)..Math.Max(1, next.IndexOf('>', StringComparison.Ordinal))];
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri.Query : null;
    }
}
