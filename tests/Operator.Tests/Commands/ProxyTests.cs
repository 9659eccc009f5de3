using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Operator.Tests.Commands;

/// <summary>
/// The operator behind a proxy, with the authority of a company that replaces the certificates of GitHub and AWS: as a process of its own,
/// since both are in its environment, as the chart sets it.
/// </summary>
public sealed class ProxyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("proxy-tests-");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GitHubAndAws_AreReachedThroughTheProxy_WhereTheAuthorityIsTrusted(bool trusts)
    {
        using var authority = new PrivateAuthority(TimeProvider.System.GetUtcNow());
        var asked = new ConcurrentBag<string>();
        await using var server = await ServeAsync(authority, asked);
        await using var proxy = new ConnectProxy(new Uri(server.Urls.First()).Port);

        // As Kubernetes mounts a ConfigMap: links to a folder with a new name for each version.
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "..data"));
        File.WriteAllText(Path.Combine(_folder.FullName, "..data/company.pem"), authority.Pem);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "company.pem"), "..data/company.pem");

        var output = await CleanUpAsync(proxy.Address, trusts ? $"/etc/ssl/certs:{_folder.FullName}" : null);

        Assert.Contains("api.github.com:443", proxy.Hosts);
        Assert.Contains(proxy.Hosts, host => host.StartsWith("ec2.eu-central-1.", StringComparison.Ordinal));
        Assert.True(trusts == asked.Contains("api.github.com"), output);
        Assert.True(trusts == asked.Any(host => host.StartsWith("ec2.", StringComparison.Ordinal)), output);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<WebApplication> ServeAsync(PrivateAuthority authority, ConcurrentBag<string> asked)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server => server.Listen(
            IPAddress.Loopback, 0, listen => listen.UseHttps(authority.Issue("api.github.com", "ec2.eu-central-1.amazonaws.com", "*.eu-central-1.amazonaws.com"))));
        var app = builder.Build();
        app.Run(context =>
        {
            asked.Add(context.Request.Host.Host);
            context.Response.StatusCode = 403;
            return context.Response.WriteAsync("{}");
        });
        await app.StartAsync();
        return app;
    }

    private static async Task<string> CleanUpAsync(Uri proxy, string? certificates)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "operator.dll"), "cleanup", "--cluster-id", "c", "--region", "eu-central-1", "--dry-run",
                "--github-url", "https://github.com/my-org", "--pool-uid", "0b59ddde-0d60-47c5-a0b3-d6612b713552",
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["HTTPS_PROXY"] = proxy.AbsoluteUri,
            ["NO_PROXY"] = "169.254.169.254",
            ["SSL_CERT_DIR"] = certificates,
            ["GITHUB_TOKEN"] = "fake",
            ["AWS_ACCESS_KEY_ID"] = "AKIAFAKE",
            ["AWS_SECRET_ACCESS_KEY"] = "fake",
            ["AWS_MAX_ATTEMPTS"] = "1",
        })
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output + await errors;
    }
}
