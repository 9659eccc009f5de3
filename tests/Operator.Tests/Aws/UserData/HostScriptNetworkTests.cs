using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Operator.Aws.UserData;

namespace Operator.Tests.Aws.UserData;

/// <summary>A proxy, and certificates of a company's own: a real proxy and a real https server, which a real curl reaches.</summary>
public sealed class HostScriptNetworkTests
{
    private const string Script = "#!/bin/bash\necho \"pre-runner $https_proxy $NO_PROXY $NODE_EXTRA_CA_CERTS\" | curl -s --data-binary @- \"$EC2RUNNERS_IMDS/events\"\n";

    [HostTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Downloads_GoThroughTheProxy_FromServersOfTheAuthority(bool trusts)
    {
        using var authority = new PrivateAuthority(TimeProvider.System.GetUtcNow());
        await using var server = await ServeAsync(authority);
        await using var proxy = new ConnectProxy(new Uri(server.Urls.First()).Port);
        await using var machine = await BootAsync(
            new()
            {
                HttpsProxy = proxy.Address.AbsoluteUri.TrimEnd('/'),
                NoProxy = [".internal"],
                Authorities = trusts ? $"{authority.Pem}\n{authority.Pem}" : null,
            });
        if (!trusts)
        {
            await machine.SeePowerOffAsync("cannot download https://ci.company.example/setup.sh: curl: (60)");
            return;
        }

        await machine.StartRunnerAsync();

        await machine.SeeAsync($"pre-runner {proxy.Address.AbsoluteUri.TrimEnd('/')} 169.254.169.254,fd00:ec2::254,localhost,127.0.0.1,::1,.internal");
        Assert.Equal("ci.company.example:443", Assert.Single(proxy.Hosts));

        // A file for each, which jobs' programs may read.
        var folder = Path.Combine(machine.Root, "usr/local/share/ca-certificates");
        Assert.Equal([authority.Pem, authority.Pem], Directory.EnumerateFiles(folder, "ec2runners-*.crt").Order(StringComparer.Ordinal).Select(file => File.ReadAllText(file).Trim()));
        foreach (var file in new[] { Path.Combine(folder, "ec2runners-1.crt"), Path.Combine(machine.Root, "var/lib/ec2runners/ca.pem") })
        {
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead), file);
        }

        Assert.Contains("HTTPS_PROXY=" + proxy.Address.AbsoluteUri.TrimEnd('/'), machine.Read("opt/actions-runner/environment"), StringComparison.Ordinal);
    }

    [HostTheory]
    [InlineData(true, "[Service]\nEnvironment=\"HTTPS_PROXY=http://proxy%%20a:3128\"\nEnvironment=\"HTTP_PROXY=http://proxy:3128\"\nEnvironment=\"NO_PROXY=169.254.169.254,fd00:ec2::254,localhost,127.0.0.1,::1\"\n")]
    [InlineData(false, null)]
    public async Task Docker_GetsItWithTheStandardSetup(bool hasSetup, string? expected)
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with
            {
                HasStandardSetup = hasSetup,
                Network = new() { HttpsProxy = "http://proxy%20a:3128", HttpProxy = "http://proxy:3128" },
            },
            (root, services) =>
            {
                Directory.CreateDirectory(Path.Combine(root, "run/systemd/system"));
                Directory.CreateDirectory(Path.Combine(root, "etc"));
                File.WriteAllText(Path.Combine(root, "etc/os-release"), "ID=arch\n"); // the setup itself is not meant
                FakeImage.Script(root, "bin/systemctl", $"#!/bin/bash\ncurl -s --noproxy '*' --data-binary \"systemctl $*\" {services.Address}events\n");
            });
        if (hasSetup)
        {
            await machine.SeePowerOffAsync("the standard setup failed");
            await machine.SeeAsync("systemctl daemon-reload");
            await machine.SeeAsync("systemctl try-restart docker");
        }
        else
        {
            await machine.StartRunnerAsync();
        }

        var unit = Path.Combine(machine.Root, "etc/systemd/system/docker.service.d/ec2runners-proxy.conf");
        Assert.Equal(expected, File.Exists(unit) ? await File.ReadAllTextAsync(unit) : null);
    }

    [HostFact]
    public async Task Authorities_CannotBeInstalled_PowersOff()
    {
        using var authority = new PrivateAuthority(TimeProvider.System.GetUtcNow());
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { Network = new() { Authorities = authority.Pem } },
            (root, _) => FakeImage.Script(root, "bin/update-ca-certificates", "#!/bin/bash\necho no room\nexit 1\n"));

        await machine.SeePowerOffAsync("the certificates of runner.caBundle cannot be installed: no room");
    }

    // What jobs get beside it.
    [Fact]
    public void Environment_HasBothSpellings_AndNodesList()
    {
        var network = new HostNetwork { HttpsProxy = "http://p:1", NoProxy = ["127.0.0.1", ".internal"], Authorities = "pem" };

        Assert.Equal(
            [
                ("https_proxy", "http://p:1"), ("HTTPS_PROXY", "http://p:1"),
                ("no_proxy", "169.254.169.254,fd00:ec2::254,localhost,127.0.0.1,::1,.internal"), ("NO_PROXY", "169.254.169.254,fd00:ec2::254,localhost,127.0.0.1,::1,.internal"),
                ("NODE_EXTRA_CA_CERTS", "/var/lib/ec2runners/ca.pem"),
            ],
            network.Environment().Select(variable => (variable.Key, variable.Value)));
        Assert.Equal([("NODE_EXTRA_CA_CERTS", HostNetwork.AuthoritiesFile)], new HostNetwork { Authorities = "pem" }.Environment().Select(variable => (variable.Key, variable.Value)));
    }

    // The distribution's tool makes one file of all that it finds; here curl is told where.
    private static Task<Machine> BootAsync(HostNetwork network) => Machine.BootAsync(
        Machine.Settings with
        {
            Network = network,
            Environment = new Dictionary<string, string>(network.Environment()),
            PreRunnerScriptFrom = new(new("https://ci.company.example/setup.sh"), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Script)))),
        },
        (root, _) =>
        {
            FakeImage.Script(root, "bin/update-ca-certificates", $"#!/bin/bash\ncat {root}/usr/local/share/ca-certificates/*.crt >{root}/all.pem\n");
            FakeImage.Script(root, "bin/curl", $"#!/bin/bash\n[ ! -e {root}/all.pem ] || export CURL_CA_BUNDLE={root}/all.pem\nexec {Programs.Find("curl")} \"$@\"\n");
        });

    private static async Task<WebApplication> ServeAsync(PrivateAuthority authority)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server => server.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(authority.Issue("ci.company.example"))));
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(Script));
        await app.StartAsync();
        return app;
    }
}
