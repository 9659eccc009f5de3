namespace Operator.Runtime.Client.Models;

/// <summary>What the API server says instead of an object, as <c>meta/v1 Status</c> (the fields in use).</summary>
public sealed class V1Status
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public string? Status { get; set; }

    public string? Message { get; set; }

    public string? Reason { get; set; }

    public int? Code { get; set; }

    public V1StatusDetails? Details { get; set; }
}

/// <summary>More about a failure.</summary>
public sealed class V1StatusDetails
{
    public int? RetryAfterSeconds { get; set; }
}
