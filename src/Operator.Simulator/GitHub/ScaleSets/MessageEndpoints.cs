using System.Globalization;
using System.Text.Json;
using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>A listener's calls with the queue token: long poll, acknowledgement, and acquisition of jobs.</summary>
/// <param name="service">The lock, for what happens later.</param>
/// <param name="sets">The scale sets.</param>
/// <param name="jobs">The queue.</param>
/// <param name="desk">Gives jobs to scale sets.</param>
/// <param name="clock">Time.</param>
/// <param name="options">How long a poll waits.</param>
internal sealed class MessageEndpoints(
    ServiceLock service, ScaleSetRegister sets, JobQueue jobs, ScaleSetAssigner desk, TimeProvider clock, ScaleSetOptions options)
{
    public IEnumerable<GitHubEndpoint> All() =>
    [
        new("GetMessage", "GET", "scalesets/message", Audience.MessageQueue, Poll),
        new("DeleteMessage", "DELETE", "scalesets/message/{message:long}", Audience.MessageQueue, Delete),
        new("AcquireJobs", "POST", $"{ScaleSetEndpoints.One}/acquirejobs", Audience.MessageQueue, Acquire),
    ];

    private GitHubReply Poll(GitHubRequest request)
    {
        var session = request.Session!;
        session.ScaleSet.MaxCapacity = Capacity(request);
        jobs.Refill(session.ScaleSet);
        sets.Hear(session);
        return session.Messages.Next() ?? GitHubReply.Later(WaitAsync(session, request.Http.RequestAborted));
    }

    private Task<GitHubReply> WaitAsync(ScaleSetSession session, CancellationToken aborted)
    {
        var poll = new MessagePoll();
        session.Messages.Add(poll);
        void End() => service.Change(_ => session.Messages.End(poll, GitHubReply.Accepted));
        poll.Timer = clock.CreateTimer(_ => End(), null, options.PollDuration, Timeout.InfiniteTimeSpan);
        service.Afterwards(() => aborted.Register(End));
        return poll.Reply;
    }

    private GitHubReply Delete(GitHubRequest request)
    {
        request.Session!.Messages.Delete(long.Parse(request.Route("message")));
        sets.Hear(request.Session);
        return GitHubReply.NoContent;
    }

    private GitHubReply Acquire(GitHubRequest request)
    {
        if (request.Session!.ScaleSet.Id != long.Parse(request.Route("id")))
        {
            return ServiceReply.NoScaleSet(long.Parse(request.Route("id")));
        }

        sets.Hear(request.Session);
        return Read(request.Body) is { } ids
            ? GitHubReply.Json(200, CountedJson<long>.Create(desk.Acquire(request.Session.ScaleSet, ids)), ServiceWire.Default.CountedJsonInt64)
            : ServiceReply.BadRequest("The body is no list of request ids.");
    }

    // A listener that does not send a capacity has an unlimited one.
    private static int Capacity(GitHubRequest request) =>
        int.TryParse(request.Http.Request.Headers["X-ScaleSetMaxCapacity"], CultureInfo.InvariantCulture, out var capacity)
            ? Math.Max(0, capacity)
            : int.MaxValue;

    private static long[]? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RequestWire.Default.Int64Array);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
