namespace Operator.Aws.Clients;

/// <summary>Says who AWS takes the operator for.</summary>
internal interface IAwsIdentities
{
    /// <summary>The ARN of the caller. Everybody may ask, so that a refusal speaks of the credentials themselves.</summary>
    /// <param name="account">Where and as whom.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="AwsException">No region or credentials, or AWS refuses them.</exception>
    Task<string> WhoAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>The operator's own region; null when none is configured.</summary>
    string? DefaultRegion { get; }
}
