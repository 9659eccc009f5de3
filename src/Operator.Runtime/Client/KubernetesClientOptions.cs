using System.Text.Json.Serialization.Metadata;

namespace Operator.Runtime.Client;

/// <summary>Options of a client.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>The clock for time-outs and delays.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>A random number from 0 to 1.</summary>
    public required Func<double> Jitter { get; init; }

    /// <summary>Source-generated contexts for the caller's kinds; the runtime's own are added.</summary>
    public IReadOnlyList<IJsonTypeInfoResolver> TypeInfoResolvers { get; init; } = [];

    /// <summary>Wraps or replaces the handler that talks to the server, and sees every call including retries.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? WrapHandler { get; init; }

    /// <summary>Identifies the caller in the server's logs; its first word is also the field manager of writes.</summary>
    public string UserAgent { get; init; } = "operator";

    /// <summary>Time-out of a request; watches are exempt.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Number of objects per page.</summary>
    public int PageSize { get; init; } = 500;
}
