using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>The proxy of machines: of the host script, of scripts, of the runner and its jobs, and of docker with <c>setup: Standard</c>. The metadata service is never asked through it.</summary>
[ValidationRule("has(self.httpsProxy) || has(self.httpProxy)", Message = "runner.proxy: give httpsProxy, httpProxy or both")]
public sealed class RunnerProxy
{
    /// <summary>The proxy for https, such as <c>http://proxy.example.com:3128</c>. Without credentials: jobs can read it.</summary>
    [Length(8, 256), Pattern(SchemaPatterns.ProxyUrl, SchemaMessages.ProxyUrl)]
    public string? HttpsProxy { get; set; }

    /// <summary>The proxy for http.</summary>
    [Length(8, 256), Pattern(SchemaPatterns.ProxyUrl, SchemaMessages.ProxyUrl)]
    public string? HttpProxy { get; set; }

    /// <summary>Hosts, domains with a leading dot, and addresses that are reached without it, such as <c>.amazonaws.com</c> where the VPC has endpoints. The machine itself and its metadata are always among them.</summary>
    [Items(0, 50), ListType("atomic"), Length(1, 253), Pattern("^[A-Za-z0-9.:/_*-]+$", "proxy.noProxy: write hosts, domains with a leading dot, or addresses, one each")]
    public List<string>? NoProxy { get; set; }
}

/// <summary>Certificates of authorities that machines trust in addition to the image's: exactly one source. They are part of the user data, so it must be few: at most 8 KiB.</summary>
[ValidationRule("has(self.pem) != has(self.configMapKeyRef)", Message = "runner.caBundle: give exactly one of pem and configMapKeyRef")]
public sealed class CaBundle
{
    /// <summary>The certificates in PEM.</summary>
    [Length(100, 8192)]
    public string? Pem { get; set; }

    /// <summary>A key of a ConfigMap in the pool's namespace with certificates in PEM.</summary>
    public ConfigMapKeyRef? ConfigMapKeyRef { get; set; }
}
