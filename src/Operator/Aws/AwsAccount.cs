namespace Operator.Aws;

/// <summary>The region and role of AWS calls.</summary>
/// <param name="Region">Such as <c>eu-central-1</c>; null: the operator's own.</param>
/// <param name="AssumeRoleArn">The role to assume first; null: none.</param>
internal sealed record AwsAccount(string? Region, string? AssumeRoleArn)
{
    /// <summary>The operator's own region and role.</summary>
    public static AwsAccount Default { get; } = new(null, null);
}
