namespace Operator.Aws;

/// <summary>Where calls go and as whom.</summary>
/// <param name="Region">Such as <c>eu-central-1</c>; null: the operator's own.</param>
/// <param name="AssumeRoleArn">The role to take on first; null: none.</param>
internal sealed record AwsAccount(string? Region, string? AssumeRoleArn)
{
    /// <summary>The operator's own region and role.</summary>
    public static AwsAccount Default { get; } = new(null, null);
}
