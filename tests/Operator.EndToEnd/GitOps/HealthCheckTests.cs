using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.GitOps;

/// <summary>What Argo CD shows for an object, by the Lua of this repository.</summary>
public sealed partial class HealthCheckTests
{
    [LuaTheory]
    [InlineData("RunnerPool")]
    [InlineData("RunnerLease")]
    [InlineData("RunnerLeaseSet")]
    [InlineData("ResourceClass")]
    public async Task Health_NewOrChangedObject_IsProgressing(string kind)
    {
        var untouched = new JsonObject { ["kind"] = kind, ["metadata"] = new JsonObject { ["generation"] = 1 } };
        var changed = ObjectOf(kind, "True", "Ready");
        changed["metadata"]!["generation"] = 3;
        var unknown = ObjectOf(kind, "True", "Ready");
        unknown["status"]!["conditions"] = new JsonArray();

        Assert.Equal("Progressing", (await Lua.HealthOfAsync(untouched)).Status);
        Assert.Equal("Progressing", (await Lua.HealthOfAsync(changed)).Status);
        Assert.Equal("Progressing", (await Lua.HealthOfAsync(unknown)).Status);
    }

    [LuaTheory]
    [InlineData("RunnerPool", "True", "Ready", "Healthy")]
    [InlineData("RunnerPool", "True", "Paused", "Healthy")]
    [InlineData("RunnerPool", "False", "Throttled", "Progressing")]
    [InlineData("RunnerPool", "False", "GitHubServerError", "Progressing")]
    [InlineData("RunnerPool", "False", "CredentialsMissing", "Progressing")]
    [InlineData("RunnerPool", "False", "ResourceClassNotFound", "Progressing")]
    [InlineData("RunnerPool", "False", "Draining", "Progressing")]
    [InlineData("RunnerPool", "False", "InvalidUrl", "Degraded")]
    [InlineData("RunnerPool", "False", "AccessDenied", "Degraded")]
    [InlineData("RunnerPool", "Unknown", "NotChecked", "Progressing")]
    [InlineData("RunnerLease", "True", "Idle", "Healthy")]
    [InlineData("RunnerLease", "True", "Busy", "Healthy")]
    [InlineData("RunnerLease", "False", "Booting", "Progressing")]
    [InlineData("RunnerLease", "False", "InsufficientCapacity", "Progressing")]
    [InlineData("RunnerLease", "False", "LaunchRefused", "Degraded")]
    [InlineData("RunnerLeaseSet", "True", "Provisioned", "Healthy")]
    [InlineData("RunnerLeaseSet", "False", "Provisioning", "Progressing")]
    [InlineData("RunnerLeaseSet", "False", "RunCompleted", "Healthy")]
    [InlineData("RunnerLeaseSet", "False", "ProvisionTimeout", "Degraded")]
    [InlineData("ResourceClass", "True", "Resolved", "Healthy")]
    [InlineData("ResourceClass", "False", "NoInstanceTypes", "Degraded")]
    [InlineData("ResourceClass", "False", "AwsUnavailable", "Progressing")]
    public async Task Health_ByTheConditionReady_IsDegradedOnlyWhereAPersonMustAct(string kind, string status, string reason, string health)
    {
        var (found, message) = await Lua.HealthOfAsync(ObjectOf(kind, status, reason));

        Assert.Equal(health, found);
        Assert.Contains($"{reason}: what to \"do\"", message, StringComparison.Ordinal);
    }

    [LuaTheory]
    [InlineData("InsufficientCapacity")]
    public async Task Health_PoolThatGetsNoCapacity_IsHealthyAndSaysSo(string reason)
    {
        var pool = ObjectOf("RunnerPool", "True", "Ready");
        pool["status"]!["conditions"]!.AsArray().Insert(0, Condition("CapacityAvailable", "False", reason));

        var (status, message) = await Lua.HealthOfAsync(pool);

        Assert.Equal("Healthy", status);
        Assert.StartsWith(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reasons_NamedInTheChecks_AreDocumented()
    {
        var checks = await File.ReadAllTextAsync(Repository.PathOf("config/argocd/argocd-cm.yaml"));
        var documented = await File.ReadAllTextAsync(Repository.PathOf("docs/troubleshooting.md"));

        var reasons = Reason().Matches(checks).Select(match => match.Groups["reason"].Value).Distinct().ToList();

        Assert.True(reasons.Count > 20);
        Assert.All(reasons, reason => Assert.Contains($"`{reason}`", documented, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(?<reason>\w+) = true", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reason();

    private static JsonObject ObjectOf(string kind, string status, string reason) => new()
    {
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["generation"] = 2 },
        ["status"] = new JsonObject
        {
            ["observedGeneration"] = 2,
            ["phase"] = "Idle",
            ["conditions"] = new JsonArray(Condition("Other", "True", "Fine"), Condition("Ready", status, reason)),
        },
    };

    private static JsonObject Condition(string type, string status, string reason) =>
        new() { ["type"] = type, ["status"] = status, ["reason"] = reason, ["message"] = "what to \"do\"" };
}
