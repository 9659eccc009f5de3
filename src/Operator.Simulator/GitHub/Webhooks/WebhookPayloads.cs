using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;

namespace Operator.Simulator.GitHub.Webhooks;

/// <summary>What deliveries hold, in the shape of GitHub's published examples.</summary>
internal static class WebhookPayloads
{
    public static JsonObject OfJob(JobRecord job, string action, long? installation, Uri api) => WithSurroundings(
        new JsonObject { ["action"] = action, ["workflow_job"] = JobView.ToJson(job, api) }, job.Place, installation, api);

    public static JsonObject OfRun(JobRecord job, string action, long? installation, Uri api) => WithSurroundings(
        new JsonObject
        {
            ["action"] = action,
            ["workflow_run"] = RunView.ToJson(job.Run, job.Place, api),
            ["workflow"] = RunView.WorkflowOf(job.Place, api),
        },
        job.Place,
        installation,
        api);

    public static JsonObject Ping(WebhookRecord hook, Uri api)
    {
        var payload = new JsonObject
        {
            ["zen"] = "Keep it logically awesome.",
            ["hook_id"] = hook.Id,
            ["hook"] = HookView.ToJson(hook, api),
        };
        if (hook.Place is { IsRepository: true } repository)
        {
            payload["repository"] = AccountView.Full(repository, api);
        }
        else if (hook.Place is { } organization)
        {
            payload["organization"] = AccountView.Organization(organization, api);
        }

        payload["sender"] = Sender(api);
        return payload;
    }

    private static JsonObject WithSurroundings(JsonObject payload, RunnerPlace repository, long? installation, Uri api)
    {
        payload["repository"] = AccountView.Full(repository, api);
        payload["organization"] = AccountView.Organization(repository.Parent!, api);
        payload["sender"] = Sender(api);
        if (installation is { } id)
        {
            payload["installation"] = new JsonObject { ["id"] = id, ["node_id"] = $"MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u{id}" };
        }

        return payload;
    }

    private static JsonObject Sender(Uri api) => AccountView.User("octocat", 1, "User", api);
}
