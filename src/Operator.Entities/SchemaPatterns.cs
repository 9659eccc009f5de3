namespace Operator.Entities;

/// <summary>Regular expressions of the schemas, in the syntax that Go, JavaScript and .NET share.</summary>
internal static class SchemaPatterns
{
    /// <summary>What <see cref="DurationText"/> reads.</summary>
    public const string Duration = "^([0-9]+(ms|s|m|h))+$";

    /// <summary>What <see cref="QuantityText"/> reads.</summary>
    public const string Quantity = @"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$";

    /// <summary>The name of a Kubernetes object.</summary>
    public const string ObjectName = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

    /// <summary>The name of an EC2 instance type, or several by wildcards.</summary>
    public const string InstanceTypes = "^[a-zA-Z0-9.*?-]{1,30}$";

    /// <summary>A label of a runner. A comma would split it at registration.</summary>
    public const string RunnerLabel = "^[^,]+$";
}
