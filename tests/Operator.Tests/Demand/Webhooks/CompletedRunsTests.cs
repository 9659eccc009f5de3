using System.Text;
using System.Text.Json.Nodes;
using NSubstitute;
using Operator.Demand.Webhooks;
using Operator.Entities.RunnerLeaseSets;
using Operator.Runtime;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>Only who may speak for a pool ends what a run holds there, and only with the end of the attempt that holds it, or of a later one.</summary>
public sealed class CompletedRunsTests
{
    private static readonly WebhookTrust Own = new(new HashSet<NamespacedName> { new("default", "github-app") });

    private readonly WebhookDemandFixture _fixture = new();

    public CompletedRunsTests() => _fixture.AddPool("linux");

    [Fact]
    public async Task Completed_RunThatHoldsASet_IsNotedInIt()
    {
        Put();

        var result = await TellAsync();

        Assert.Equal(("Recorded", true), (result.Outcome, result.HasStored));
        var patch = Assert.Single(Written());
        Assert.Equal((2, "success", "Webhook"), ((int)patch["status"]!["run"]!["attempt"]!, (string?)patch["status"]!["run"]!["conclusion"], (string?)patch["status"]!["run"]!["source"]));
        Assert.Equal("uid", (string?)patch["metadata"]!["uid"]);
    }

    [Theory]
    [InlineData("action", "in_progress")]
    [InlineData("run", "999")]
    [InlineData("repository", "my-org/other")]
    [InlineData("repositoryId", "75")] // the name was given to another repository
    [InlineData("attempt", "3")] // late: of the attempt before
    [InlineData("told", "2")]
    [InlineData("ended", "")]
    [InlineData("pool", "elsewhere")]
    [InlineData("trust", "other")]
    [InlineData("host", "https://ghes.example.com")]
    public async Task Completed_OfSomethingElse_ChangesNothing(string what, string value)
    {
        Put(set =>
        {
            switch (what)
            {
                case "repository":
                    set.Spec.Holder!.Repository = value;
                    break;
                case "repositoryId":
                    set.Spec.Holder!.RepositoryId = value;
                    break;
                case "attempt":
                    set.Spec.Holder!.RunAttempt = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                    break;
                case "told":
                    set.Status = new() { Run = new() { Attempt = 2 } };
                    break;
                case "ended":
                    set.Status = new() { EndedAt = _fixture.Clock.GetUtcNow() };
                    break;
                case "pool":
                    set.Spec.PoolName = value;
                    break;
            }
        });
        var trust = what == "trust" ? new WebhookTrust(new HashSet<NamespacedName> { new("default", value) }) : Own;

        var result = await TellAsync(what == "action" ? value : "completed", what == "run" ? value : "1234", what == "host" ? value : "https://github.com", trust);

        Assert.Equal("Ignored", result.Outcome);
        Assert.Empty(Written());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"action":"completed","workflow_run":{"id":-1}}""")]
    [InlineData("""{"action":"completed","workflow_run":{"id":1234},"repository":{"full_name":"../x"}}""")]
    public async Task Completed_Malformed_IsRefused(string body)
    {
        Put();

        Assert.Equal("Malformed", (await _fixture.Dispatcher.DispatchAsync(new("workflow_run", "", Encoding.UTF8.GetBytes(body)), Own, CancellationToken.None)).Outcome);
    }

    private void Put(Action<V1Alpha1RunnerLeaseSet>? change = null)
    {
        var set = new V1Alpha1RunnerLeaseSet
        {
            Metadata = { Name = "run", NamespaceProperty = "default", Uid = "uid" },
            Spec = new() { PoolName = "linux", Holder = new() { Kind = "WorkflowRun", Repository = "my-org/app", RepositoryId = "74", RunId = "1234" } },
        };
        change?.Invoke(set);
        if (set.Spec.Holder!.Repository != "my-org/app")
        {
            set.Spec.Holder.RepositoryId = null;
        }

        _fixture.Sets.Set(set);
        _fixture.SetApi.PatchAsync<V1Alpha1RunnerLeaseSet>(default, null!, null, default).ReturnsForAnyArgs(set);
    }

    private IEnumerable<JsonNode> Written() => _fixture.SetApi.ReceivedCalls().Select(call => (JsonNode)call.GetArguments()[1]!);

    private Task<WebhookResult> TellAsync(string action = "completed", string run = "1234", string host = "https://github.com", WebhookTrust? trust = null)
    {
        var body = $$$"""
            {"action":"{{{action}}}","workflow_run":{"id":{{{run}}},"run_attempt":2,"status":"completed","conclusion":"success"},
             "repository":{"id":74,"full_name":"my-org/app","html_url":"{{{host}}}/my-org/app"}}
            """;
        return _fixture.Dispatcher.DispatchAsync(new("workflow_run", "", Encoding.UTF8.GetBytes(body)), trust ?? Own, CancellationToken.None);
    }
}
