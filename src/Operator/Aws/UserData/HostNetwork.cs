using System.Buffers;

namespace Operator.Aws.UserData;

/// <summary>How machines reach others: by a proxy, and trusting further authorities.</summary>
internal sealed record HostNetwork
{
    /// <summary>Where jobs find the certificates on a machine.</summary>
    public const string AuthoritiesFile = "/var/lib/ec2runners/ca.pem";

    private static readonly SearchValues<char> Unfit = SearchValues.Create(" \t\r\n'\"\\,");

    // The machine itself, and its metadata.
    private static readonly string[] Own = ["169.254.169.254", "fd00:ec2::254", "localhost", "127.0.0.1", "::1"];

    /// <summary>The proxy for https; null for none.</summary>
    public string? HttpsProxy { get; init; }

    /// <summary>The proxy for http; null for none.</summary>
    public string? HttpProxy { get; init; }

    /// <summary>What is reached directly, beside the machine and its metadata.</summary>
    public IReadOnlyList<string> NoProxy { get; init; } = [];

    /// <summary>Certificates in PEM; null for none.</summary>
    public string? Authorities { get; init; }

    /// <summary>Whether there is a proxy.</summary>
    public bool HasProxy => HttpsProxy is not null || HttpProxy is not null;

    private string Direct => HasProxy ? string.Join(',', Own.Concat(NoProxy).Distinct(StringComparer.Ordinal)) : "";

    /// <summary>The same as variables of the host script.</summary>
    public IEnumerable<(string Name, string Value)> Variables() =>
        [("HTTPS_PROXY", HttpsProxy ?? ""), ("HTTP_PROXY", HttpProxy ?? ""), ("NO_PROXY", Direct), ("CA", HostScript.Script(Authorities).Trim())];

    /// <summary>What the runner and its jobs get as environment variables, in both spellings that programs read.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment()
    {
        foreach (var (name, value) in new[] { ("https_proxy", HttpsProxy), ("http_proxy", HttpProxy), ("no_proxy", Direct) })
        {
            if (!string.IsNullOrEmpty(value))
            {
                yield return new(name, value);
                yield return new(name.ToUpperInvariant(), value);
            }
        }

        if (Authorities is not null)
        {
            yield return new("NODE_EXTRA_CA_CERTS", AuthoritiesFile);
        }
    }

    /// <exception cref="ArgumentException">A setting cannot be expressed.</exception>
    public void Check()
    {
        foreach (var text in NoProxy.Append(HttpsProxy).Append(HttpProxy))
        {
            HostScript.Require(text is null || !text.AsSpan().ContainsAny(Unfit), "Proxy", "must have no quotation marks, backslashes, commas and blanks");
        }
    }
}
