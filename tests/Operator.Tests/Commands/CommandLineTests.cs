using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Operator.Commands;
using Operator.Commands.Cleanup;
using Operator.Commands.Cost;
using Operator.Commands.Doctor;
using Operator.Commands.Iam;
using Operator.Commands.Rbac;
using Operator.Common;

namespace Operator.Tests.Commands;

/// <summary>Whatever stops a command is one line and exit code 2.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("commands");

    [Theory]
    [InlineData("rum", "'rum'")]
    [InlineData("run --listem :8080", "--listem")]
    [InlineData("run --listen", "--listen")]
    [InlineData("run --listen foo", "'foo' is not an address")]
    [InlineData("run --listen https://0.0.0.0:8080", "'https://0.0.0.0:8080' is not an address")]
    [InlineData("run --listen 127.0.0.1:99999", "'127.0.0.1:99999' is not an address")]
    [InlineData("run --listen 127.0.0.999:80", "is not an address")]
    [InlineData("run --webhook-listen example.org:80", "--webhook-listen 'example.org:80' is not an address")]
    [InlineData("run --namespace Team_A", "--namespace 'Team_A' is not the name of a namespace")]
    [InlineData("run --watch-namespaces team-a,B", "--watch-namespaces 'team-a,B' is not a list of namespaces")]
    [InlineData("run --github-hosts https://github.com", "--github-hosts 'https://github.com' is not a list of hosts")]
    [InlineData("run --cluster-id a/b", "--cluster-id 'a/b' is not an id")]
    [InlineData("run --webhook-secret a/b", "--webhook-secret 'a/b' is not the name of a Secret")]
    [InlineData("run --log-level loud", "--log-level 'loud' is not one of trace, debug")]
    [InlineData("run --json-logs perhaps", "perhaps")]
    [InlineData("run --kubeconfig /nonexistent", "no kubeconfig at /nonexistent")]
    [InlineData("crds --output", "--output")]
    [InlineData("crds --check", "--check")]
    [InlineData("crds --output a --check b", "not both")]
    [InlineData("rbac --output", "--output")]
    [InlineData("rbac --watch-namespaces A", "is not a list of namespaces")]
    [InlineData("rbac --service-account A_b", "is not the name of a service account")]
    [InlineData("metrics --output", "--output")]
    [InlineData("reference --check", "--check")]
    [InlineData("doctor --pool x", "--pool 'x' is not namespace/name")]
    [InlineData("doctor --output yaml", "yaml")]
    [InlineData("cleanup", "--cluster-id")]
    [InlineData("cleanup --cluster-id c --region Frankfurt", "--region 'Frankfurt' is not a region")]
    [InlineData("cleanup --cluster-id c --assume-role ci", "--assume-role 'ci' is not the ARN of a role")]
    [InlineData("cleanup --cluster-id c --region eu-central-1 --github-url nonsense", "--github-url")]
    [InlineData("cleanup --cluster-id c --credentials-secret x", "--credentials-secret 'x' is not namespace/name")]
    [InlineData("run --dashboard-listen nowhere", "--dashboard-listen 'nowhere' is not an address")]
    [InlineData("run --dashboard-listen :8083 --dashboard-auth None", "--dashboard-auth None needs a loopback address such as 127.0.0.1:8083, not :8083")]
    [InlineData("run --dashboard-listen 127.0.0.1:8083 --dashboard-auth Anybody", "--dashboard-auth 'Anybody' is not None or Token")]
    [InlineData("run --price-list maybe", "--price-list 'maybe' is not aws, off")]
    [InlineData("cost --period yesterday", "--period 'yesterday' is not today, month")]
    [InlineData("cost --period 999d", "--period '999d' is not today, month")]
    [InlineData("cost --prometheus nowhere", "--prometheus 'nowhere' is not a URL")]
    [InlineData("cost --output cost.png", "--output 'cost.png' is not the name of a .svg or .html file")]
    [InlineData("cost --period 30d", "--period 30d needs --prometheus")]
    [InlineData("cost --prometheus http://127.0.0.1:1", "cannot be reached")]
    [InlineData("iam --service-account foo", "--service-account 'foo' is not namespace/name")]
    [InlineData("iam --runner-role bad!role", "--runner-role 'bad!role' is not the name of a role")]
    [InlineData("iam --cluster-id $", "--cluster-id '$' is not an id")]
    [InlineData("iam --part operator --format terraform", "--part requires --format json")]
    [InlineData("iam --part nothing", "nothing")]
    public async Task Mistake_IsOneLine_AndExitCode2(string arguments, string expected)
    {
        var (exitCode, output, errors) = await RunAsync(arguments.Split(' '));

        Assert.Equal(2, exitCode);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("crds", false)]
    [InlineData("rbac", false)]
    [InlineData("metrics", true)]
    [InlineData("reference", true)]
    public async Task Output_ThatCannotBeWritten_IsOneLine_WithThePlace(string command, bool isFile)
    {
        var place = isFile ? _folder.FullName : Path.Combine(_folder.FullName, "file");
        if (!isFile)
        {
            await File.WriteAllTextAsync(place, "");
        }

        var (exitCode, _, errors) = await RunAsync(command, "--output", place);

        Assert.Equal(2, exitCode);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.StartsWith($"error: --output: cannot write to {place}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slip_IsAnsweredWithASuggestion()
    {
        var (_, _, errors) = await RunAsync("rum");

        Assert.Equal("error: 'rum' was not matched. Did you mean one of the following? run; see", errors[..errors.IndexOf(" see", StringComparison.Ordinal)] + " see");
    }

    [Fact]
    public async Task Kubeconfig_ThatCannotBeReadOrIsNone_IsOneLine_WithItsName()
    {
        var file = Path.Combine(_folder.FullName, "config");
        foreach (var text in new[] { "{", "apiVersion: v1", "- 1", "\0\0" })
        {
            await File.WriteAllTextAsync(file, text);

            var (exitCode, _, errors) = await RunAsync("run", "--kubeconfig", file);

            Assert.Equal(2, exitCode);
            Assert.Single(errors.TrimEnd().Split('\n'));
            Assert.Contains(file, errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ApiServer_ThatIsNotThere_IsOneLine()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        silent.Stop();

        var (exitCode, _, errors) = await RunAsync("run", "--kubeconfig", Kubeconfig(port));

        Assert.Equal(2, exitCode);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Contains("no answer", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PortInUse_IsOneLine_WithTheAddress()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        var (exitCode, _, errors) = await RunAsync("run", "--kubeconfig", Kubeconfig(1), "--cluster-id", "c", "--listen", address, "--log-level", "error");

        Assert.Equal(2, exitCode);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Contains($"cannot listen on http://{address}", errors, StringComparison.Ordinal);
        Assert.Contains("--listen", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsThatOfTheChart_InBothForms()
    {
        var chart = (await File.ReadAllLinesAsync(Path.Combine(Architecture.Source.Root, "charts/ec2runners/Chart.yaml")))
            .Single(line => line.StartsWith("appVersion: ", StringComparison.Ordinal))["appVersion: ".Length..];

        Assert.Equal(chart, OperatorVersion.Number);
        Assert.Equal($"{chart}\n", (await RunAsync("--version")).Output);
        Assert.StartsWith($"ec2runners operator {chart}", (await RunAsync("version")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bug_KeepsItsStackTrace()
    {
        var command = new Command("broken");
        command.SetAction((_, _) => Task.FromException(new InvalidOperationException("oops")));
        using var errors = new StringWriter();

        Assert.Equal(2, await CommandLine.RunAsync(new RootCommand { command }, ["broken"], errors: errors));
        Assert.Contains("this is a bug: System.InvalidOperationException: oops", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(":8080", "http://*:8080")]
    [InlineData("0.0.0.0:80", "http://0.0.0.0:80")]
    [InlineData("http://*:8080", "http://*:8080")]
    [InlineData("localhost:0", "http://localhost:0")]
    [InlineData("http://[::1]:8080/", "http://[::1]:8080")]
    [InlineData("8080", null)]
    [InlineData("http://127.0.0.1", null)]
    [InlineData("http://127.0.0.1:80/metrics", null)]
    public void Address_InEveryUsualForm_IsTaken(string text, string? expected) => Assert.Equal(expected, ArgumentRules.ListenUrl(text));

    public void Dispose() => _folder.Delete(recursive: true);

    private string Kubeconfig(int port)
    {
        var file = Path.Combine(_folder.FullName, "kubeconfig");
        File.WriteAllText(
            file,
            $$"""
            {"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"} }],
             "clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:{{port}}"} }],"users":[{"name":"u","user":{} }]}
            """);
        return file;
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var root = new RootCommand
        {
            RunCommand.Create(), CrdsCommand.Create(), RbacCommand.Create(), IamCommand.Create(), PageCommand.CreateMetrics(), PageCommand.CreateReference(),
            DoctorCommand.Create(), CleanupCommand.Create(), CostCommand.Create(), VersionCommand.Create(),
        };
        var exitCode = await CommandLine.RunAsync(root, arguments, output, errors);
        return (exitCode, output.ToString(), errors.ToString());
    }
}
