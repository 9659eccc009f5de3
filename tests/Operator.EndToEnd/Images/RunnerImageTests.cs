using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Images;

/// <summary>The image for jobs, built from images/ci-runner on a stand-in base image; its entrypoint runs for real.</summary>
public sealed class RunnerImageTests
{
    [RunnerImageFact]
    public async Task Image_RunsFragmentsInOrder_ForwardsPorts_AndWaitsForTheJobBeforeItsRunnerStops()
    {
        var calls = new List<string>();
        await using var gitHub = await StartGitHubAsync(calls);

        var result = await Tool.RunAsync(Repository.PathOf("scripts/test-runner-image"), ["run", gitHub.Urls.First()]);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var parts = result.Output.Split("--- ");
        Assert.Contains("entrypoint [/root/entrypoint.sh]", parts[0], StringComparison.Ordinal);
        Assert.Equal(
            """
            with a command
            root fragment a
            root fragment b as root after a
            guest fragment as guest after a
            command as guest in /home/guest, home /home/guest, TOKEN secret
            code 7

            """,
            parts[1]);
        Assert.Contains("TZ is '../etc': write the name of a time zone", parts[2], StringComparison.Ordinal);
        Assert.Contains("GH_REPOSITORY is 'repository': write OWNER/REPOSITORY", parts[2], StringComparison.Ordinal);
        Assert.Contains("GH_TOKEN is not set", parts[2], StringComparison.Ordinal);
        Assert.EndsWith("hello by tcp\nhello by udp\n", parts[3], StringComparison.Ordinal);
        Assert.Contains(
            "configured --unattended --url https://github.com/org/repository --name runner-1 --labels linux,large --work _work --replace --disableupdate with AABBCC as guest, GH_TOKEN unset",
            parts[4], StringComparison.Ordinal);
        AssertInOrder(
            parts[4], "runner listens as guest, GH_TOKEN unset", "ci-runner: told to stop", "still here after 0 s", "a job runs; its end is waited for", "the registration is gone", "runner interrupted",
            "\"ShutdownDelaySec\":", "code 0");
        Assert.Contains("\"Name\":\"RunnerBootSec\"", parts[4], StringComparison.Ordinal);
        Assert.Contains("\"Name\":\"InstanceBootSec\"", parts[4], StringComparison.Ordinal);
        Assert.DoesNotContain("hush", result.Output, StringComparison.Ordinal);
        Assert.Equal(
            [
                "POST /repos/org/repository/actions/runners/registration-token Bearer hush",
                "DELETE /repos/org/repository/actions/runners/42 Bearer hush",
                "DELETE /repos/org/repository/actions/runners/42 Bearer hush",
            ],
            calls);
    }

    private static void AssertInOrder(string text, params string[] expected)
    {
        var at = 0;
        foreach (var line in expected)
        {
            var found = text.IndexOf(line, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{line}' does not follow in:\n{text}");
            at = found;
        }
    }

    // The first DELETE finds a job, as GitHub says it.
    private static async Task<WebApplication> StartGitHubAsync(List<string> calls)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            var request = context.Request;
            int deletions;
            lock (calls)
            {
                calls.Add($"{request.Method} {request.Path} {request.Headers.Authorization}");
                deletions = calls.Count(call => call.StartsWith("DELETE", StringComparison.Ordinal));
            }

            context.Response.StatusCode = request.Method == "POST" ? 201 : deletions == 1 ? 422 : 204;
            if (request.Method == "POST")
            {
                await context.Response.WriteAsync("""{"token": "AABBCC", "expires_at": "2026-12-01T13:00:00Z"}""");
            }
        });
        await app.StartAsync();
        return app;
    }
}

/// <summary>A fact about the image for jobs; skipped where it cannot be built.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RunnerImageFactAttribute : FactAttribute
{
    public RunnerImageFactAttribute() => Skip = Environment.UserName == "root" ? Programs.Missing("buildah", "haproxy", "jq", "socat", "setpriv") : "needs root, for buildah's chroot isolation";
}
