using System.Text.Json.Serialization.Metadata;

namespace Operator.Runtime.Client;

/// <summary>How a client behaves.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>The clock behind timeouts and delays.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>A random number from 0 to 1.</summary>
    public required Func<double> Jitter { get; init; }

    /// <summary>The source-generated contexts of the caller's kinds; the runtime's own are added.</summary>
    public IReadOnlyList<IJsonTypeInfoResolver> TypeInfoResolvers { get; init; } = [];

    /// <summary>
    /// Goes around the handler that talks to the server, and so sees every call, repeated ones too; or takes its place.
    /// </summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? WrapHandler { get; init; }

    /// <summary>Who calls, for the server's logs; its first word also names the manager of the fields that are written.</summary>
    public string UserAgent { get; init; } = "operator";

    /// <summary>How long to wait for an answer; watches are exempt.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many objects to fetch at a time.</summary>
    public int PageSize { get; init; } = 500;
}
