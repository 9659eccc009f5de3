namespace Operator.Entities;

/// <summary>Regular expressions of the schemas, in the common syntax of Go, JavaScript and .NET.</summary>
public static class SchemaPatterns
{
    /// <summary>A duration accepted by <see cref="DurationText"/>, with at most 32 characters.</summary>
    public const string Duration = "^([0-9]{1,7}(ms|s|m|h))+$";

    /// <summary>A <see cref="Duration"/> above zero. Starting with a digit other than 0 expresses that without a lookahead.</summary>
    public const string PositiveDuration = "^[1-9][0-9]{0,6}(ms|s|m|h)([0-9]{1,7}(ms|s|m|h))*$";

    /// <summary>
    /// Memory or disk accepted by <see cref="QuantityText"/>, from ten megabytes, because less usually means a forgotten unit, to about an
    /// exbibyte, the most that fits into 64 bits.
    /// </summary>
    public const string Quantity =
        @"^([1-9][0-9]{7,15}|[1-9][0-9]{4,8}(Ki|k)|[1-9][0-9]{1,8}(\.[0-9]{1,3})?(Mi|M)|([1-9][0-9]{0,5}(\.[0-9]{1,3})?|0\.[0-9]{0,2}[1-9][0-9]{0,2})(Gi|Ti|G|T))$";

    /// <summary>
    /// The syntax of a CronJob's schedule: five fields of numbers, three-letter names, ranges, steps and lists, or a macro.
    /// </summary>
    public const string Cron = "^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)"
        + "|(" + Any + "|" + Minute + "(," + Minute + ")*) +(" + Any + "|" + Hour + "(," + Hour + ")*) +(" + Any + "|" + Day + "(," + Day + ")*)"
        + " +(" + Any + "|" + Month + "(," + Month + ")*) +(" + Any + "|" + Weekday + "(," + Weekday + ")*))$";

    /// <summary>A schedule for days that do not exist in any of its months: 30 and 31 February, and the 31st of short months.</summary>
    public const string CronThatNeverComes =
        @"^\S+ +\S+ +((30|31|30-31)(,(30|31|30-31))* +(0?2|[Ff][Ee][Bb])|31 +(" + ShortMonth + ")(,(" + ShortMonth + @"))*) +[*?]$";

    /// <summary>The name of a Kubernetes object.</summary>
    public const string ObjectName = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

    /// <summary>An EC2 instance type, or a wildcard pattern.</summary>
    public const string InstanceTypes = "^[a-zA-Z0-9.*?-]{1,30}$";

    /// <summary>A runner label. A comma would split it at registration, and a space is easily overlooked in <c>runs-on</c>.</summary>
    public const string RunnerLabel = @"^[^,\s]+$";

    /// <summary>A script that travels in a command to a machine: ASCII, so that its characters are its bytes.</summary>
    public const string LeaseScript = "^[\\t\\n\\r -~]*$";

    /// <summary>The start of a URL that secrets may be sent to: encrypted, or on the same machine.</summary>
    public const string SafeOrigin = @"(https://[^/?#@\s""\\]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)";

    /// <summary>The URL of a proxy, without credentials and path.</summary>
    public const string ProxyUrl = @"^https?://[A-Za-z0-9.:\[\]_-]+/?$";

    /// <summary>A folder below another: neither absolute nor with parent references.</summary>
    public const string RelativeFolder = "^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$";

    private const string Step = "(/[0-9]{1,2})?";
    private const string Any = "[*?]" + Step;
    private const string Minute = "[0-5]?[0-9](-[0-5]?[0-9])?" + Step;
    private const string Hour = "([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?" + Step;
    private const string Day = "(0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?" + Step;
    private const string Month = "(0?[1-9]|1[0-2]|[A-Za-z]{3})(-(0?[1-9]|1[0-2]|[A-Za-z]{3}))?" + Step;
    private const string Weekday = "([0-7]|0[0-7]|[A-Za-z]{3})(-([0-7]|0[0-7]|[A-Za-z]{3}))?" + Step;
    private const string ShortMonth = "0?[2469]|11|[Ff][Ee][Bb]|[Aa][Pp][Rr]|[Jj][Uu][Nn]|[Ss][Ee][Pp]|[Nn][Oo][Vv]";
}

/// <summary>Messages for values that do not match a pattern: what to write, with an example.</summary>
public static class SchemaMessages
{
    /// <summary>Of <see cref="SchemaPatterns.Duration"/>.</summary>
    public const string Duration = "write a duration such as 90s, 45m or 1h30m, whole numbers with units; days as 24h";

    /// <summary>Of <see cref="SchemaPatterns.PositiveDuration"/>.</summary>
    public const string PositiveDuration = "write a duration above zero such as 90s, 45m or 1h30m, whole numbers with units; days as 24h";

    /// <summary>Of <see cref="SchemaPatterns.ProxyUrl"/>.</summary>
    public const string ProxyUrl = "proxy: write a URL such as http://proxy.example.com:3128, without credentials and path";

    /// <summary>Of <see cref="SchemaPatterns.Quantity"/>.</summary>
    public const string Quantity = "write a size with its unit, such as 8Gi or 512Mi, of at least 10M; a number without a unit is bytes";

    /// <summary>Of <see cref="SchemaPatterns.ObjectName"/>.</summary>
    public const string ObjectName = "write the name of a Kubernetes object: lower-case letters, digits, hyphens and dots";

    /// <summary>Of <see cref="SchemaPatterns.InstanceTypes"/>.</summary>
    public const string InstanceTypes = "instanceTypes: write patterns such as c*, m7g.large or *.metal, of at most 30 characters";

    /// <summary>Of <see cref="SchemaPatterns.RunnerLabel"/>.</summary>
    public const string RunnerLabel = "labels: write labels without commas and blanks, one item of the list for each";

    /// <summary>Of <see cref="SchemaPatterns.LeaseScript"/>.</summary>
    public const string LeaseScript = "preRunnerScript: write ASCII characters only, at most 2048; let the script download what is longer";

    /// <summary>Of <see cref="SchemaPatterns.Cron"/>.</summary>
    public const string Cron = "schedules.cron: write five fields as in a CronJob, such as \"0 8 * * 1-5\", or a macro such as @daily";
}
