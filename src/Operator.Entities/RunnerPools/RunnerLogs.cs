using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Where logs are sent: exactly one place.</summary>
[ValidationRule("[has(self.cloudWatch), has(self.s3), has(self.loki), has(self.otlp)].filter(given, given).size() == 1",
    Message = "runner.logs: give exactly one of cloudWatch, s3, loki and otlp")]
public sealed class RunnerLogs
{
    /// <summary>CloudWatch Logs, in the machine's region. The machines' role needs <c>logs:CreateLogStream</c> and <c>logs:PutLogEvents</c>.</summary>
    public CloudWatchLogs? CloudWatch { get; set; }

    /// <summary>Objects in S3, one a minute for each file that has grown. The machines' role needs <c>s3:PutObject</c>.</summary>
    public S3Logs? S3 { get; set; }

    /// <summary>Grafana Loki, which the machines reach without credentials.</summary>
    public LogEndpoint? Loki { get; set; }

    /// <summary>OTLP over HTTP with JSON, which the machines reach without credentials.</summary>
    public LogEndpoint? Otlp { get; set; }
}

/// <summary>A log group.</summary>
public sealed class CloudWatchLogs
{
    /// <summary>Its name. It must exist; streams are made in it, called <c>INSTANCE/FILE</c>.</summary>
    [Required, Length(1, 512), Pattern("^[.\\-_/#A-Za-z0-9]+$", "logs.cloudWatch.logGroup: write the name of a log group, such as /ci/runners")]
    public string LogGroup { get; set; } = "";
}

/// <summary>A place in S3.</summary>
public sealed class S3Logs
{
    /// <summary>The bucket, in the machine's region.</summary>
    [Required, Length(3, 63), Pattern("^[a-z0-9][a-z0-9.-]*[a-z0-9]$", "logs.s3.bucket: write the name of a bucket")]
    public string Bucket { get; set; } = "";

    /// <summary>The beginning of the keys, such as <c>ci/</c>; <c>INSTANCE/FILE-TIME.log</c> follows. Absent means none.</summary>
    [Length(1, 256), Pattern("^[A-Za-z0-9_.-][A-Za-z0-9_./-]*$", "logs.s3.prefix: write letters, digits, dots, hyphens, underscores and slashes, and no slash first")]
    public string? Prefix { get; set; }
}

/// <summary>An address that logs are sent to.</summary>
public sealed class LogEndpoint
{
    /// <summary>Its URL without the path of the protocol, such as <c>https://loki.example.com</c>.</summary>
    [Required, Length(10, 512), Pattern(@"^https?://[^/?#@\s""\\]+(/[^\s""\\?#]*)?$", "logs: write a URL such as https://loki.example.com, without credentials and query")]
    public string Url { get; set; } = "";
}
