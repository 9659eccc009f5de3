using Operator.GitHub;

namespace Operator.Commands.Doctor.GitHub;

/// <summary>GitHub's API answers, and its clock agrees with this machine's. Needs no credentials.</summary>
internal sealed class NetworkCheck(HttpMessageInvoker http, TimeProvider timeProvider) : ICheck<PoolSubject>
{
    /// <summary>Maximum clock skew before an App's JWT is refused.</summary>
    private static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan NotableSkew = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public string Area => "github";

    public string Name => "network";

    public bool IsFundamental => true;

    public bool Concerns(PoolSubject subject) => subject.Pool.Spec.GitHub is not null;

    public async Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        if (!GitHubTarget.TryParse(subject.Pool.Spec.GitHub?.Url, out var target, out var problem))
        {
            return CheckResult.Failed($"spec.github.url: {problem}");
        }

        using var timeout = new CancellationTokenSource(Timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(target.ApiBase, "meta"));
            request.Headers.UserAgent.ParseAdd($"ec2runners-operator/{OperatorVersion.Number}");
            using var answer = await http.SendAsync(request, either.Token);
            return ResultFor(target, answer.Headers.Date - timeProvider.GetUtcNow());
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return CheckResult.Failed($"{target.ApiBase} cannot be reached ({e.GetBaseException().Message}); check spec.github.url, DNS, the proxy (HTTPS_PROXY) "
                + "and network policies: the operator needs port 443 outbound");
        }
    }

    private static CheckResult ResultFor(GitHubTarget target, TimeSpan? skew)
    {
        var text = $"this machine's clock is {skew?.Duration().TotalSeconds:0} s {(skew > TimeSpan.Zero ? "behind" : "ahead of")} GitHub's";
        return skew?.Duration() > MostSkew ? CheckResult.Failed($"{text}: GitHub refuses the tokens of Apps; set the clock (NTP)")
            : skew?.Duration() > NotableSkew ? CheckResult.Warning($"{text}; set the clock (NTP)")
            : CheckResult.Ok($"{target.ApiBase} answers");
    }
}
