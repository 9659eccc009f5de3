using System.Text.Json.Nodes;
using Amazon.Runtime;
using Operator.Commands.Doctor;
using Operator.Commands.Iam;
using Operator.Demo;
using Operator.Hosting;
using Operator.Simulator.Aws.Iam;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios.Doctor;

/// <summary>All checks pass in a correct setup; for each mistake, the affected check says what to do.</summary>
[Trait("Pace", "Slow")]
public sealed class DoctorTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, Broken> Cases = new(StringComparer.Ordinal)
    {
        ["kinds being deleted"] = new(
            "kubernetes/kinds", "runnerpools.ec2runners.dev is being deleted; apply those of this version: operator crds",
            scenario => scenario.World.Kubernetes.Objects.Delete("customresourcedefinitions", "", "runnerpools.ec2runners.dev")),
        ["kinds of an older version"] = new(
            "kubernetes/kinds", "runnerpools.ec2runners.dev is older than this operator: it lacks spec.rollout and spec.rollout.budget",
            scenario => scenario.ChangeSchema("runnerpools", schema => schema["properties"]!["spec"]!["properties"]!.AsObject().Remove("rollout"))),
        ["permission missing"] = new(
            "kubernetes/permissions", "not allowed: patch runnerleases/status; apply the roles of this version: operator rbac",
            scenario => scenario.World.Kubernetes.Deny("patch", "runnerleases/status")),
        ["AWS rejects the credentials"] = new(
            "aws/identity", "AWS rejects the credentials: InvalidClientTokenId",
            scenario => scenario.World.Aws.Faults.On("sts:GetCallerIdentity").Error(403, "InvalidClientTokenId")),
        ["no AWS credentials"] = new(
            "aws/identity", "give the operator an IAM role (IRSA or EKS Pod Identity)",
            _ => { })
        { Dependencies = dependencies => dependencies with { Aws = dependencies.Aws! with { Credentials = new NoCredentials() } } },
        ["AWS permission missing"] = new(
            "aws/permissions", "AWS refuses ec2:TerminateInstances, ec2:GetConsoleOutput; allow it in the operator's policy, which operator iam prints",
            scenario => scenario.World.Aws.Iam.OperatorPolicy = PolicyOf(scenario).Without("EndOwnMachines")),
        ["may not send commands"] = new(
            "aws/permissions", "ssm:PutParameter",
            scenario => scenario.World.Aws.Iam.OperatorPolicy = PolicyOf(scenario).Without("WriteCommands")),
        ["may not pass the role"] = new(
            "aws/launch", "AWS denies ec2:RunInstances or iam:PassRole for the instance profile ci-runner",
            scenario => scenario.World.Aws.Iam.OperatorPolicy = PolicyOf(scenario).Without("PassTheRunnersRole")),
        ["no such subnets"] = new(
            "aws/subnets", "SubnetNotFound: no subnet in eu-central-1 has tags [no=where]; change spec.launch.subnets",
            scenario => scenario.PatchPool("""{"launch": {"subnets": {"tags": {"ec2runners.dev:discovery": null, "no": "where"}}}}""")),
        ["no such image"] = new(
            "aws/image", "ImageNotFound: there is no available image ami-00000000000000000",
            scenario => scenario.PatchPool("""{"launch": {"image": {"ssmParameter": null, "id": "ami-00000000000000000"}}}""")),
        ["image of another system"] = new(
            "aws/image", "OperatingSystemMismatch: image ami-0a000000000000003 is of Windows, and machines with linux are wanted",
            scenario => scenario.PatchPool("""{"launch": {"image": {"ssmParameter": "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"}}}""")),
        ["no such security groups"] = new(
            "aws/security groups", "SecurityGroupNotFound",
            scenario => scenario.PatchPool("""{"launch": {"securityGroups": {"tags": {"ec2runners.dev:discovery": null, "no": "where"}}}}""")),
        ["unknown class"] = new(
            "pool/spec", "ResourceClassNotFound: create the ResourceClass 'nope'",
            scenario => scenario.PatchPool("""{"resourceClassName": "nope"}""")),
        ["class that nothing matches"] = new(
            "aws/instance types", "no instance type that the zones of the subnets offer matches the ResourceClass 'medium'",
            scenario => scenario.World.Apply(
                "apiVersion: ec2runners.dev/v1alpha1\nkind: ResourceClass\nmetadata: {name: medium}\nspec: {cpu: 2, memory: 4Gi, isDefault: true, instanceTypes: {allowed: ['nope*']}}")),
        ["no such reservation"] = new(
            "aws/reservations", "ReservationNotFound: spec.purchasing.capacityReservations: the account has no capacity reservation cr-0123456789abcdef0 in eu-central-1",
            scenario => scenario.PatchPool("""{"purchasing": {"capacityReservations": [{"id": "cr-0123456789abcdef0"}]}}""")),
        ["reservation of another type"] = new(
            "aws/reservations", "ReservationUnusable: spec.purchasing.capacityReservations: cr-0123456789abcdef0 is of",
            scenario =>
            {
                scenario.World.Aws.PutReservation(new("cr-0123456789abcdef0", "t3.micro", "eu-central-1a", 2));
                scenario.PatchPool("""{"purchasing": {"capacityReservations": [{"id": "cr-0123456789abcdef0"}]}}""");
            }),
        ["secret missing"] = new(
            "github/secret", "CredentialsMissing: create the Secret 'default/github-app'",
            scenario => scenario.World.Kubernetes.Objects.Delete("secrets", "default", "github-app")),
        ["key missing in the secret"] = new(
            "github/secret", "CredentialsInvalid: Secret 'default/github-app': the secret lacks github_app_private_key",
            scenario => scenario.ApplySecret("github_app_id: '1', github_app_installation_id: '2'")),
        ["token refused"] = new(
            "github/access", "GitHubUnauthorized",
            scenario => scenario.World.GitHub.RevokeToken(SimulatedWorld.Token)),
        ["App not installed"] = new(
            "github/access", "GitHubInstallationNotFound: app 7 has no installation 70; check github_app_installation_id",
            scenario => scenario.UseApp(installed: false)),
        ["App suspended"] = new(
            "github/access", "have its owner unsuspend it",
            scenario =>
            {
                scenario.UseApp(installed: true);
                scenario.World.GitHub.SuspendInstallation(70);
            }),
        ["App may not manage runners"] = new(
            "github/access", "give the App or token the permission to manage self-hosted runners",
            scenario =>
            {
                scenario.UseApp(installed: true);
                scenario.World.GitHub.AllowRunners(70, allowed: false);
            }),
        ["group missing"] = new(
            "github/runner group", "the runner group 'no-such-group' does not exist; create it at",
            scenario => scenario.PatchPool("""{"github": {"runnerGroup": "no-such-group"}}""")),
        ["scale-set service missing"] = new(
            "github/scale set", "GitHub Enterprise Server needs 3.9 or newer",
            scenario => scenario.World.GitHubFaults.On("github:RegisterRunner").Error(404, "Not Found")),
        ["GitHub unreachable"] = new(
            "github/network", "http://127.0.0.1:1/api/v3/ cannot be reached",
            scenario => scenario.PatchPool("""{"github": {"url": "http://127.0.0.1:1/my-org"}}""")),
        ["clock wrong"] = new(
            "github/network", "this machine's clock is 600 s behind GitHub's: GitHub refuses the tokens of Apps; set the clock (NTP)",
            _ => { })
        { Dependencies = dependencies => dependencies with { Time = new SkewedTime(dependencies.Time, TimeSpan.FromMinutes(-10)) } },
    };

    public static TheoryData<string> Names => new(Cases.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Doctor_BrokenSetUp_SaysWhatToDo(string name)
    {
        var broken = Cases[name];
        await using var scenario = await StartAsync();
        broken.Break(scenario);

        var report = await ExamineAsync(scenario, broken.Dependencies);

        output.WriteLine(report.ToText());
        Assert.Equal(1, report.ExitCode);
        var finding = Assert.Single(report.Findings, finding => $"{finding.Area}/{finding.Check}" == broken.Check);
        Assert.Equal(Outcome.Failed, finding.Outcome);
        Assert.Contains(broken.Sentence, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_KindsMissing_SaysHowToInstallThem()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Kubernetes.Objects.Delete("customresourcedefinitions", "", "runnerpools.ec2runners.dev");

        var report = await ExamineAsync(scenario);

        Assert.Equal(1, report.ExitCode);
        Assert.StartsWith("runnerpools.ec2runners.dev is not installed; apply those of this version: operator crds", report.Findings[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_InstanceProfileMissing_SaysWhatToDo()
    {
        await using var scenario = await StartAsync(profiles: ["another"], untilIdle: false);

        var report = await ExamineAsync(scenario);

        var finding = Assert.Single(report.Findings, finding => finding.Check == "launch");
        Assert.Equal(Outcome.Failed, finding.Outcome);
        Assert.Contains("EC2 rejects the instance profile ci-runner", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_Reservation_TellsItsFreeSlots()
    {
        await using var scenario = await StartAsync();
        scenario.World.Aws.PutReservation(new("cr-0123456789abcdef0", "m7a.large", "eu-central-1a", 3) { TakenByOthers = 1 });
        scenario.PatchPool("""{"purchasing": {"capacityReservations": [{"id": "cr-0123456789abcdef0"}]}}""");

        var finding = Assert.Single((await ExamineAsync(scenario)).Findings, finding => finding.Check == "reservations");

        Assert.Equal((Outcome.Ok, "2 of 3 slots are free in cr-0123456789abcdef0 (m7a.large in eu-central-1a)"), (finding.Outcome, finding.Text));
    }

    [Fact]
    public async Task Doctor_Group_SaysWhatIsDenied_AndWhatIsSuspended()
    {
        await using var scenario = await StartAsync(launch: "backend: AutoScalingGroup");
        scenario.World.Aws.Iam.OperatorPolicy = PolicyOf(scenario).Without("ChangeOwnGroups");
        var denied = Assert.Single((await ExamineAsync(scenario)).Findings, finding => finding.Check == "auto scaling group");
        scenario.World.Aws.Iam.OperatorPolicy = PolicyOf(scenario);
        var right = Assert.Single((await ExamineAsync(scenario)).Findings, finding => finding.Check == "auto scaling group");
        scenario.World.Aws.Groups.Suspend(scenario.World.Aws.Groups.All[0].Name, "Terminate");
        var suspended = Assert.Single((await ExamineAsync(scenario)).Findings, finding => finding.Check == "auto scaling group");

        Assert.Equal((Outcome.Failed, Outcome.Ok, Outcome.Failed), (denied.Outcome, right.Outcome, suspended.Outcome));
        Assert.Contains("AWS denies autoscaling:SetInstanceProtection, autoscaling:EnterStandby", denied.Text, StringComparison.Ordinal);
        Assert.EndsWith("desired capacity 1, 1 in service, 0 on standby", right.Text, StringComparison.Ordinal);
        Assert.Contains("Terminate of ec2runners-", suspended.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_WebhookPool_WithoutSecretOrHook_SaysSo()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, "Webhook");
        Assert.Equal(Outcome.Warning, Assert.Single((await ExamineAsync(scenario)).Findings, finding => finding.Check == "webhook").Outcome);

        scenario.ApplySecret("github_token: " + SimulatedWorld.Token);
        var secret = Assert.Single((await ExamineAsync(scenario)).Findings, finding => finding.Check == "webhook secret");
        Assert.Equal(Outcome.Failed, secret.Outcome);
        Assert.Contains("add it to default/github-app", secret.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_OnTheDemosWorld_IsAllGreen_UnderThePrintedPolicy()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.Iam.OperatorPolicy = PolicyOf(scenario);
        scenario.World.AddWebhook(SimulatedWorld.WebhookSecret);
        await scenario.StartOperatorAsync();
        Samples.Read(null).Pools.ToList().ForEach(scenario.World.Apply);
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") > 0, TimeSpan.FromMinutes(10), "idle runners");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(3));
        var objects = scenario.World.Kubernetes.LatestResourceVersion;

        var report = await ExamineAsync(scenario);

        output.WriteLine(report.ToText());
        Assert.All(report.Findings, finding => Assert.Equal(Outcome.Ok, finding.Outcome));
        Assert.Equal(0, report.ExitCode);
        Assert.Contains(report.Findings, finding => finding.Text.Contains("ec2:TerminateInstances", StringComparison.Ordinal));
        Assert.Equal(objects, scenario.World.Kubernetes.LatestResourceVersion); // it has changed nothing
        Assert.DoesNotContain(scenario.World.Aws.Parameters.Keys, name => name.EndsWith("/doctor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_AsJson_NamesOutcomesInWords()
    {
        await using var scenario = await Scenario.StartAsync();

        var json = JsonNode.Parse((await ExamineAsync(scenario)).ToJson())!;

        Assert.Equal("ok", json["findings"]![0]!["outcome"]!.GetValue<string>());
        Assert.Contains(json["findings"]!.AsArray(), finding => finding!["outcome"]!.GetValue<string>() == "warning"); // no pool yet
    }

    [Theory]
    [InlineData("current-context: nowhere\n", "nowhere")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: [{name: u, user: {}}]\n", "no answer")]
    public async Task Command_ClusterNotReachable_ExitsWithTwo(string kubeconfig, string sentence)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, kubeconfig);
            using var text = new StringWriter();

            var exitCode = await new System.CommandLine.RootCommand { DoctorCommand.Create() }
                .Parse(["doctor", "--kubeconfig", file]).InvokeAsync(new() { Output = text });

            Assert.Equal(2, exitCode);
            Assert.Contains(sentence, text.ToString(), StringComparison.Ordinal);
            Assert.StartsWith("failed", text.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Run_OlderKinds_AreNoticedByOneLineAndAnEvent()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ChangeSchema("runnerpools", schema => schema["properties"]!["spec"]!["properties"]!.AsObject().Remove("rollout"));

        await scenario.StartOperatorAsync();
        await scenario.Driver.SettleAsync();

        var (_, message) = Assert.Single(scenario.Events, entry => entry.Reason == "OtherVersion");
        Assert.Contains("runnerpools.ec2runners.dev is older than this operator", message, StringComparison.Ordinal);
    }

    private static async Task<Scenario> StartAsync(IReadOnlyCollection<string>? profiles = null, bool untilIdle = true, string launch = "")
    {
        var scenario = await Scenario.StartAsync(new() { EnforceRequestBuckets = false, InstanceProfiles = profiles });
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1, launch: launch);
        if (untilIdle)
        {
            await scenario.UntilIdleAsync(1);
        }
        else
        {
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        }

        await scenario.KillOperatorAsync();
        return scenario;
    }

    private static Task<DoctorReport> ExamineAsync(Scenario scenario, Func<OperatorDependencies, OperatorDependencies>? change = null)
    {
        var dependencies = scenario.World.DependenciesOf(new CallGate());
        return new DoctorSession(new() { Namespace = "default" }, change?.Invoke(dependencies) ?? dependencies, onlyPool: null)
            .RunAsync(scenario.World.ClusterConfiguration, CancellationToken.None);
    }

    private static IamPolicy PolicyOf(Scenario scenario) => IamPolicy.Parse(IamTemplates.Json(
        new()
        {
            Account = scenario.World.Aws.Options.AccountId,
            ClusterId = scenario.World.Kubernetes.Objects.Get("namespaces", "", "kube-system")!["metadata"]!["uid"]!.GetValue<string>(),
            RunnerRole = "ci-runner",
            HasAutoScalingGroups = true, // the samples have a pool with one
        },
        "operator"));

    private sealed record Broken(string Check, string Sentence, Action<Scenario> Break)
    {
        public Func<OperatorDependencies, OperatorDependencies>? Dependencies { get; init; }
    }

    private sealed class NoCredentials : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => throw new AmazonClientException("Unable to find credentials");
    }

    private sealed class SkewedTime(TimeProvider inner, TimeSpan skew) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + skew;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            inner.CreateTimer(callback, state, dueTime, period);
    }
}
