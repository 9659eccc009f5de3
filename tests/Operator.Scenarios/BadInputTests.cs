using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Invalid, missing or forbidden input: a condition reports it, and fixing the input is enough.</summary>
[Trait("Pace", "Slow")]
public sealed class BadInputTests
{
    private static readonly Dictionary<string, BadInput> Cases = new(StringComparer.Ordinal)
    {
        ["unknown class"] = new(
            "Accepted", "ResourceClassNotFound",
            scenario => scenario.PatchPool("""{"resourceClassName": "nope"}"""),
            scenario => scenario.PatchPool("""{"resourceClassName": null}""")),
        ["missing secret"] = new(
            "CredentialsReady", "CredentialsMissing",
            scenario => scenario.World.Kubernetes.Objects.Delete("secrets", "default", "github-app"),
            scenario => scenario.ApplySecret(Scenario.Secret)),
        ["malformed secret"] = new(
            "CredentialsReady", "CredentialsInvalid",
            scenario => scenario.ApplySecret("github_app_id: '1', github_app_installation_id: x, github_app_private_key: nonsense"),
            scenario => scenario.ApplySecret(Scenario.Secret)),
        ["empty secret"] = new(
            "CredentialsReady", "CredentialsInvalid",
            scenario => scenario.ApplySecret("other: x"),
            scenario => scenario.ApplySecret(Scenario.Secret)),
        ["organization that there is not"] = new(
            "CredentialsReady", "GitHubNotFound",
            scenario => scenario.PatchPool($$"""{"github": {"url": "{{scenario.World.GitHub.UrlOf("no-such-org")}}" } }"""),
            scenario => scenario.PatchPool($$"""{"github": {"url": "{{scenario.World.GitHub.UrlOf("my-org")}}" } }""")),
        ["revoked token"] = new(
            "CredentialsReady", "GitHubUnauthorized",
            scenario => scenario.World.GitHub.RevokeToken(SimulatedWorld.Token),
            scenario => scenario.World.GitHub.AddPersonalAccessToken(SimulatedWorld.Token)),
        ["address that is no GitHub"] = new(
            "Accepted", "InvalidUrl",
            scenario => scenario.PatchPool("""{"github": {"url": "https://github.com/my-org/app/settings"}}"""),
            scenario => scenario.PatchPool($$"""{"github": {"url": "{{scenario.World.GitHub.UrlOf("my-org")}}" } }""")),
        ["missing image"] = new(
            "TemplateReady", "ImageNotFound",
            scenario => scenario.PatchPool("""{"launch": {"image": {"ssmParameter": null, "id": "ami-00000000000000000"}}}"""),
            scenario => scenario.PatchPool(
                """{"launch": {"image": {"id": null, "ssmParameter": "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"}}}""")),
        ["no such subnets"] = new(
            "TemplateReady", "SubnetNotFound",
            scenario => scenario.PatchPool("""{"launch": {"subnets": {"tags": {"no": "where"}}}}"""),
            scenario => scenario.PatchPool("""{"launch": {"subnets": {"tags": {"no": null, "ec2runners.dev:discovery": "true"}}}}""")),
        ["no right to make templates"] = new(
            "TemplateReady", "AccessDenied",
            scenario => scenario.World.Aws.Faults.On("ec2:CreateLaunchTemplate").Error(403, "UnauthorizedOperation"),
            scenario => scenario.World.Aws.Faults.Clear()),
        ["runner group that there is not"] = new(
            "Ready", "RunnerGroupNotFound",
            scenario => scenario.PatchPool("""{"github": {"runnerGroup": "no-such-group"}}"""),
            scenario => scenario.PatchPool("""{"github": {"runnerGroup": "default"}}"""),
            OfLease: true),
        ["no capacity"] = new(
            "CapacityAvailable", "InsufficientCapacity",
            scenario => scenario.World.Aws.SetCapacity("*", "*", "*", 0),
            scenario => scenario.World.Aws.SetCapacity("*", "*", "*", null)),
        ["no right to launch"] = new(
            "Launched", "AccessDenied",
            scenario => scenario.World.Aws.Faults.On("ec2:CreateFleet").Error(403, "UnauthorizedOperation"),
            scenario => scenario.World.Aws.Faults.Clear(),
            OfLease: true),
        ["EC2 throttles"] = new(
            "Launched", "Throttled",
            scenario => scenario.World.Aws.Faults.On("ec2:CreateFleet").Error(503, "RequestLimitExceeded"),
            scenario => scenario.World.Aws.Faults.Clear(),
            OfLease: true),
        ["GitHub does not know the credential any more"] = OfRegistration(401, "GitHubUnauthorized"),
        ["GitHub wants another right"] = OfRegistration(403, "GitHubForbidden"),
        ["GitHub does not find the place"] = OfRegistration(404, "GitHubNotFound"),
        ["GitHub does not take the request"] = OfRegistration(422, "GitHubInvalidRequest"),
        ["GitHub's budget is used up"] = OfRegistration(429, "GitHubRateLimited"),
        ["GitHub fails"] = OfRegistration(500, "GitHubServerError"),
    };

    public static TheoryData<string> Names => new(Cases.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Fault_FromTheStart_IsAConditionAndRecoversWhenRepaired(string name)
    {
        var fault = Cases[name];
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, demand: "Webhook"); // its runners are registered by the REST API; scale sets have scenarios of their own
        fault.Break(scenario);
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(() => fault.IsSeen(scenario), TimeSpan.FromMinutes(15), $"{fault.Condition} {fault.Reason}");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(10));
        var demand = scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")!.Value;
        Assert.NotEqual("Opening", demand.Reason);
        Assert.DoesNotContain("are received", demand.Message, StringComparison.Ordinal);
        var calls = scenario.Operator.Gate.Calls;
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.InRange(scenario.Operator.Gate.Calls - calls, 0, 400); // a low rate: the sweeps' listings and a few retries
        fault.Repair(scenario);

        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 1, TimeSpan.FromHours(1), "an idle runner");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready") is { Status: "True", Reason: "Ready" }, TimeSpan.FromMinutes(10), "a pool that is ready");
        Assert.Single(scenario.Living);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    // The class says which filter removed the last types; so do the lease and its pool, which ask for the same.
    [Theory]
    [InlineData("instanceTypes: {allowed: [\"zz*\"]}", "instanceTypes.allowed (zz*) removes the last")]
    [InlineData("instanceTypes: {allowed: [\"c7a.*\"], excluded: [\"c*\"]}", "instanceTypes.excluded (c*) removes the last")]
    [InlineData("cpu: 900", "at least 900 CPUs")]
    [InlineData("processors: [intel], instanceTypes: {allowed: [\"m7a.*\"]}", "processors (intel) removes the last")]
    public async Task NoTypeMatches_SaysWhichFilterRemovedTheLast_AndRecovers(string spec, string message)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1);
        ApplyClass(scenario, spec);
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "CapacityAvailable") is { Status: "False", Reason: "InsufficientCapacity" } starved
                && starved.Message.Contains(message, StringComparison.Ordinal),
            TimeSpan.FromMinutes(5), message);
        var condition = scenario.ConditionOf("resourceclasses", "medium", "Ready", space: "");
        Assert.Equal(("False", "NoInstanceTypes"), (condition?.Status, condition?.Reason));
        Assert.Contains(message, condition?.Message, StringComparison.Ordinal);
        Assert.Empty(scenario.World.Aws.Instances);

        ApplyClass(scenario, "cpu: 2");
        await scenario.UntilIdleAsync(1);
    }

    // A budget that does not last for an hour is most likely a slip of the pen: said, and kept to all the same.
    [Fact]
    public async Task BudgetBelowOneMachineHour_IsAConditionAndOneEvent_AndRecovers()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, extra: "purchasing: {usageClass: on-demand, budget: {daily: \"0.02\"}}");
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);

        var condition = scenario.ConditionOf("runnerpools", Scenario.Pool, "WithinBudget");
        Assert.Equal(("False", "BudgetTooSmall"), (condition?.Status, condition?.Reason));
        Assert.Contains("spec.purchasing.budget.daily", condition?.Message, StringComparison.Ordinal);
        Assert.Single(scenario.Events, told => told.Reason == "BudgetTooSmall");
        scenario.PatchPool("""{"purchasing": {"budget": {"daily": "5"} } }""");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "WithinBudget") is { Status: "True", Reason: "WithinBudget" }, TimeSpan.FromMinutes(1), "the condition");
    }

    // What the schema's rules refuse, an old API server lets through.
    [Theory]
    [InlineData("{\"capacity\": {\"minIdle\": 9, \"maxRunners\": 5} }", "InvalidCapacity", "minIdle")]
    [InlineData("{\"purchasing\": {\"usageClass\": \"on-demand\", \"maxSpotPrice\": \"0.1\"} }", "InvalidPurchasing", "maxSpotPrice")]
    [InlineData("{\"purchasing\": {\"usageClass\": \"reserved\"} }", "InvalidPurchasing", "capacityReservations")]
    [InlineData("{\"purchasing\": {\"capacityReservations\": [{}]} }", "InvalidPurchasing", "exactly one of id and tags")]
    public async Task Contradiction_OnAServerWithoutCel_IsACondition_AndRecovers(string spec, string reason, string message)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1);
        scenario.PatchPool(spec);
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Accepted") is { Status: "False" } refused && refused.Reason == reason
                && refused.Message.Contains(message, StringComparison.Ordinal),
            TimeSpan.FromMinutes(1), reason);
        Assert.Empty(scenario.World.Aws.Instances);
        scenario.PatchPool("""{"capacity": {"minIdle": 1}, "purchasing": {"usageClass": "on-demand", "maxSpotPrice": null, "capacityReservations": null} }""");
        await scenario.UntilIdleAsync(1);
    }

    private static void ApplyClass(Scenario scenario, string spec) => scenario.World.Apply($$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: ResourceClass
        metadata: {name: medium}
        spec: {isDefault: true, {{(spec.Contains("cpu:", StringComparison.Ordinal) ? "" : "cpu: 2, ")}}{{spec}} }
        """);

    [Fact]
    public async Task NameTooLong_OnAServerWithoutCel_IsACondition()
    {
        await using var scenario = await Scenario.StartAsync();
        var name = new string('n', 41);
        scenario.ApplyPool(minIdle: 1, name: name);
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", name, "Accepted")?.Reason == "NameTooLong", TimeSpan.FromMinutes(1), "a condition");
        Assert.Empty(scenario.World.Aws.LaunchTemplates);
        Assert.Null(scenario.World.Kubernetes.Objects.Get("configmaps", "default", "ec2runners-pools"));
    }

    [Fact]
    public async Task MalformedObject_BesideAGoodOne_StopsNothing()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1);
        scenario.StoreUnchecked("runnerpools", "RunnerPool", """{"metadata": {"name": "broken"}, "spec": {"github": "not an object", "capacity": {"minIdle": "many"}}}""");
        scenario.StoreUnchecked("runnerleases", "RunnerLease", """{"metadata": {"name": "broken"}, "spec": {"poolName": {"a": 1}}}""");
        scenario.StoreUnchecked("resourceclasses", "ResourceClass", """{"metadata": {"name": "broken"}, "spec": {"cpu": "four"}}""");

        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);

        scenario.DeletePool();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0 && scenario.World.GitHub.Runners.Count == 0, TimeSpan.FromHours(1), "nothing left");
    }

    private static BadInput OfRegistration(int status, string reason) => new(
        "Ready", reason,
        scenario => scenario.World.GitHubFaults.On("github:GenerateJitConfig").Error(status, "no"),
        scenario => scenario.World.GitHubFaults.Clear(),
        OfLease: true);

    private sealed record BadInput(string Condition, string Reason, Action<Scenario> Break, Action<Scenario> Repair, bool OfLease = false)
    {
        public bool IsSeen(Scenario scenario)
        {
            var name = OfLease ? Scenario.Pool + "-0" : Scenario.Pool;
            return scenario.ConditionOf(OfLease ? "runnerleases" : "runnerpools", name, Condition) is { Status: "False", Message.Length: > 10 } seen && seen.Reason == Reason;
        }
    }
}
