namespace Operator.Entities;

/// <summary>Regular expressions of the schemas, in the syntax that Go, JavaScript and .NET share.</summary>
public static class SchemaPatterns
{
    /// <summary>What <see cref="DurationText"/> reads, with at most 32 characters: no more than fits into a calendar.</summary>
    public const string Duration = "^([0-9]{1,7}(ms|s|m|h))+$";

    /// <summary>A <see cref="Duration"/> longer than nothing. It begins with a digit other than 0, which says that without a look ahead.</summary>
    public const string PositiveDuration = "^[1-9][0-9]{0,6}(ms|s|m|h)([0-9]{1,7}(ms|s|m|h))*$";

    /// <summary>What <see cref="QuantityText"/> reads, up to about an exbibyte: no more than fits into 64 bits.</summary>
    public const string Quantity = @"^([0-9]{1,16}|[0-9]{1,9}(\.[0-9]{1,3})?(Ki|Mi|k|M)|[0-9]{1,6}(\.[0-9]{1,3})?(Gi|Ti|G|T))$";

    /// <summary>
    /// The syntax of a CronJob's schedule: five fields of numbers, three-letter names, ranges, steps and lists, or one of its macros.
    /// Which numbers and names a field takes is not looked at.
    /// </summary>
    public const string Cron = "^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|" + CronField + "( +" + CronField + "){4})$";

    /// <summary>The name of a Kubernetes object.</summary>
    public const string ObjectName = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

    /// <summary>The name of an EC2 instance type, or several by wildcards.</summary>
    public const string InstanceTypes = "^[a-zA-Z0-9.*?-]{1,30}$";

    /// <summary>A label of a runner. A comma would split it at registration, and a blank hides in <c>runs-on</c>.</summary>
    public const string RunnerLabel = @"^[^,\s]+$";

    /// <summary>The beginning of an address that secrets may travel to: encrypted, or on this very machine.</summary>
    public const string SafeOrigin = @"(https://[^/?#@\s""\\]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)";

    /// <summary>A folder below another one: neither absolute nor upwards.</summary>
    public const string RelativeFolder = "^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$";

    private const string CronField = "([*?](/[0-9]{1,2})?|" + CronRange + "(," + CronRange + ")*)";
    private const string CronRange = "([0-9]{1,2}|[A-Za-z]{3})(-([0-9]{1,2}|[A-Za-z]{3}))?(/[0-9]{1,2})?";
}
