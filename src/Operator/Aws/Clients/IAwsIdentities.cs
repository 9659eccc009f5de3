namespace Operator.Aws.Clients;

/// <summary>The operator's identity at AWS.</summary>
internal interface IAwsIdentities
{
    /// <summary>The ARN of the caller. Needs no permission, so a refusal concerns the credentials themselves.</summary>
    /// <param name="account">Region and role.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="AwsException">No region or credentials, or AWS refuses them.</exception>
    Task<string> WhoAsync(AwsAccount account, CancellationToken cancellationToken);

    /// <summary>The operator's own region; null if none is configured.</summary>
    string? DefaultRegion { get; }
}
