namespace Operator.Aws.Prices;

/// <summary>
/// Keeps the on-demand price lists of the regions in use current: checks daily, and reads a list only if there is a new one.
/// </summary>
internal sealed partial class PriceListService(
    PriceListClient client, PriceListOptions options, OnDemandPriceLists lists, RuntimeEnvironment environment, ILogger<PriceListService> logger) : ILeaderService
{
    /// <summary>AWS publishes new lists several times a week.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(24);

    /// <summary>Pause after a failure.</summary>
    public static readonly TimeSpan AfterFailure = TimeSpan.FromHours(1);

    /// <summary>A crash-looping process must not download hundreds of megabytes each time.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMinutes(1);

    /// <summary>The longest that one list may take.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(20);

    private readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!options.IsEnabled)
        {
            return;
        }

        await Task.Delay(FirstDelay * (1 + environment.Jitter()), environment.Time, cancellationToken);
        while (true)
        {
            var wanted = lists.Wanted;
            foreach (var region in _states.Keys.Except(wanted, StringComparer.Ordinal).ToList())
            {
                _states.Remove(region);
            }

            foreach (var region in wanted)
            {
                await UpdateAsync(region, cancellationToken);
            }

            await Task.Delay(PollInterval, environment.Time, cancellationToken);
        }
    }

    private async Task UpdateAsync(string region, CancellationToken cancellationToken)
    {
        var now = environment.Time.GetUtcNow();
        var state = _states.GetValueOrDefault(region);
        if (now < state?.NotBefore)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(Timeout, environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var version = await client.VersionAsync(region, either.Token);
            if (version != state?.Version)
            {
                var list = await client.ReadAsync(region, version, either.Token);
                var types = list.Prices.Count;
                lists.Put(region, list);
                LogRead(logger, region, types, version);
            }
            else
            {
                lists.Put(region, lists.Peek(region) with { Problem = null });
            }

            _states[region] = new(version, now + (Interval * (1 + (0.1 * environment.Jitter()))), Problem: null);
        }
        catch (Exception e) when (e is ProviderException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var problem = e is ProviderException ? e.Message : $"AWS' price list could not be read within {DurationText.Format(Timeout)}";
            lists.Put(region, lists.Peek(region) with { Problem = problem });
            _states[region] = new(state?.Version, now + AfterFailure, problem);
            if (state?.Problem != problem)
            {
                LogFailure(logger, region, problem);
            }
        }
    }

    private sealed record State(string? Version, DateTimeOffset NotBefore, string? Problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "On-demand prices of {Region} are current: {Types} instance types of {Version}")]
    private static partial void LogRead(ILogger logger, string region, int types, string version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "On-demand prices of {Region} are not updated: {Problem}")]
    private static partial void LogFailure(ILogger logger, string region, string problem);
}
