using Operator.Aws;
using Operator.Aws.Clients;

namespace Operator.Hosting;

/// <summary>Logs the first line: version, cluster and AWS account.</summary>
internal sealed partial class StartReport(
    OperatorOptions options, ClusterIdentity cluster, IAwsIdentities identities, TimeProvider time, ILogger<StartReport> logger)
{
    /// <summary>A pod's credentials answer in a fraction of it; a laptop without any must not wait for them.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Logs the line, even if AWS does not answer.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        var (account, problem) = await AccountAsync(cancellationToken);
        var watched = options.Watch.IsEverywhere ? "all namespaces" : string.Join(", ", options.Watch.Namespaces);
        var addresses = string.Join(", ", PortRoutes.Addresses(options));
        LogStarting(logger, OperatorVersion.Number, cluster.Id, options.Namespace, watched, account, identities.DefaultRegion ?? "unknown", addresses);
        if (problem is not null)
        {
            LogNoAccount(logger, problem);
        }
    }

    private async Task<(string Account, string? Problem)> AccountAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return (AccountOf(await identities.WhoAsync(AwsAccount.Default, either.Token).WaitAsync(either.Token)), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ("unknown", $"no answer within {DurationText.Format(Timeout)}");
        }
        catch (AwsException e)
        {
            return ("unknown", ExpectedErrors.TextOf(e));
        }
    }

    // arn:aws:sts::123456789012:assumed-role/ec2runners-operator/…
    private static string AccountOf(string arn) => arn.Split(':') is [_, _, _, _, { Length: > 0 } account, ..] ? account : arn;

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "ec2runners {Version} starts: cluster {Cluster}, namespace {Namespace}, pools of {Watched}, AWS account {Account}, region {Region}, listening on {Addresses}")]
    private static partial void LogStarting(
        ILogger logger, string version, string cluster, string @namespace, string watched, string account, string region, string addresses);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The operator's AWS account cannot be determined: {Problem}")]
    private static partial void LogNoAccount(ILogger logger, string problem);
}
