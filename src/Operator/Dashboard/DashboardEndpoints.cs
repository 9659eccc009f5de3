using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Operator.Dashboard.Access;

namespace Operator.Dashboard;

/// <summary>The dashboard over HTTP. It reads, and changes nothing but the viewer's own cookie.</summary>
internal sealed class DashboardEndpoints(DashboardReader reader, DashboardStreams streams, ViewerAccess access, DashboardOptions options)
{
    private const int LongestText = 100;
    private const int LargestBody = 8 * 1024;

    private static readonly DashboardProblem NotFound = new(StatusCodes.Status404NotFound, "NotFound", "there is no such object, or you may not see it");

    /// <summary>Whether the caches are filled: set by the host.</summary>
    public Func<bool> IsReady { get; set; } = () => true;

    /// <summary>A file of the page.</summary>
    public Task FileAsync(HttpContext context, string path) => GuardAsync(context, async () =>
    {
        if (PageFiles.Find(path) is not { } file)
        {
            await WriteAsync(context, NotFound);
            return;
        }

        var headers = context.Response.Headers;
        headers.ETag = file.ETag;
        headers.CacheControl = path.StartsWith("assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        if (context.Request.Headers.IfNoneMatch.ToString() == file.ETag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = file.Type;
        context.Response.ContentLength = file.Content.Length;
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
    });

    public Task SessionAsync(HttpContext context) => GuardAsync(context, async () => await WriteSessionAsync(context, await AdmitAsync(context)));

    /// <summary>Signs in: keeps a valid token in a cookie that scripts cannot read, since an EventSource sends no header.</summary>
    public Task SignInAsync(HttpContext context) => GuardAsync(context, async () =>
    {
        var token = await TokenInAsync(context);
        var admission = await access.AdmitAsync(token, context.RequestAborted);
        if (admission.Viewer is not null && token is not null && options.Authentication == DashboardAuthentication.Token)
        {
            context.Response.Cookies.Append(RequestRules.Cookie, token, CookieOf(context));
        }

        await WriteSessionAsync(context, admission);
    });

    public Task SignOutAsync(HttpContext context) => GuardAsync(context, () =>
    {
        context.Response.Cookies.Delete(RequestRules.Cookie, CookieOf(context));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    });

    public Task OverviewAsync(HttpContext context) => ReadAsync(context, async viewer =>
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.Body.WriteAsync(reader.Overview(viewer), context.RequestAborted);
    });

    public Task RunnersAsync(HttpContext context) => ReadAsync(context, viewer =>
        QueryOf(context.Request) is { } query ? WriteAsync(context, reader.Runners(viewer, query), DashboardJson.Default.RunnersPage) : WriteAsync(context, Malformed));

    public Task JobsAsync(HttpContext context) => ReadAsync(context, viewer =>
        QueryOf(context.Request) is { } query ? WriteAsync(context, reader.Jobs(viewer, query), DashboardJson.Default.JobsPage) : WriteAsync(context, Malformed));

    public Task RunnerAsync(HttpContext context, NamespacedName key) => ReadAsync(context, viewer =>
        reader.Runner(viewer, key) is { } runner ? WriteAsync(context, runner, DashboardJson.Default.RunnerView) : WriteAsync(context, NotFound));

    public Task PoolAsync(HttpContext context, NamespacedName key) => ReadAsync(context, viewer =>
        reader.Pool(viewer, key) is { } pool ? WriteAsync(context, pool, DashboardJson.Default.PoolDetails) : WriteAsync(context, NotFound));

    /// <summary>Overviews as they change (server-sent events).</summary>
    public Task EventsAsync(HttpContext context) => ReadAsync(context, async _ =>
    {
        using var place = streams.Begin();
        if (place is null)
        {
            context.Response.Headers.RetryAfter = "10";
            await WriteAsync(context, new(StatusCodes.Status503ServiceUnavailable, "TooManyStreams", "too many pages are open at this replica; close some"));
            return;
        }

        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would wait for more
        try
        {
            await TypedResults.ServerSentEvents(streams.ReadAsync(RequestRules.TokenOf(context.Request), context.RequestAborted)).ExecuteAsync(context);
        }
        catch (OperationCanceledException)
        {
            // The viewer has left.
        }
    });

    private static DashboardProblem Malformed =>
        new(StatusCodes.Status400BadRequest, "Malformed", $"offset is a number from 0, limit one from 1 to {DashboardQuery.MaxLimit}, and texts have at most {LongestText} characters");

    private Task ReadAsync(HttpContext context, Func<Viewer, Task> writeAsync) => GuardAsync(context, async () =>
    {
        var admission = await AdmitAsync(context);
        await (admission.Viewer is not { } viewer ? WriteAsync(context, admission.Problem!)
            : !IsReady() ? WriteAsync(context, new(StatusCodes.Status503ServiceUnavailable, "NotReady", "the operator is starting"))
            : writeAsync(viewer));
    });

    private async Task GuardAsync(HttpContext context, Func<Task> handleAsync)
    {
        RequestRules.Secure(context.Response.Headers);
        context.Response.Headers.CacheControl = "no-store";
        if (options.Authentication == DashboardAuthentication.None && !RequestRules.IsLoopback(context.Request.Host))
        {
            await WriteAsync(context, new(StatusCodes.Status403Forbidden, "HostNotAllowed", "call it as localhost or 127.0.0.1"));
        }
        else if (!HttpMethods.IsGet(context.Request.Method) && RequestRules.IsCrossSite(context.Request.Headers))
        {
            await WriteAsync(context, new(StatusCodes.Status403Forbidden, "CrossSite", "another site may not sign in or out"));
        }
        else
        {
            await handleAsync();
        }
    }

    private Task<Admission> AdmitAsync(HttpContext context) => access.AdmitAsync(RequestRules.TokenOf(context.Request), context.RequestAborted);

    private static async Task<string?> TokenInAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType() || await BoundedBody.ReadAsync(context.Request.Body, context.Request.ContentLength, LargestBody, context.RequestAborted) is not { } body)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(body, DashboardJson.Default.SignInRequest)?.Token?.Trim();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Without a path it is sent to the page's own folder only, also behind the API server's proxy.
    private static CookieOptions CookieOf(HttpContext context) => new()
    {
        HttpOnly = true,
        SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict,
        Secure = context.Request.IsHttps || context.Request.Headers["X-Forwarded-Proto"].ToString() == "https",
        Path = null,
    };

    private static DashboardQuery? QueryOf(HttpRequest request)
    {
        string? Text(string name) => request.Query[name].ToString() is { Length: > 0 } text ? text : null;
        int? Number(string name, int missing) => Text(name) is not { } text ? missing : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var query = new DashboardQuery(Text("namespace"), Text("pool"), Text("state"), Text("q"), Number("offset", 0) ?? -1, Number("limit", 100) ?? -1);
        return query is { Offset: >= 0, Limit: >= 1 and <= DashboardQuery.MaxLimit }
            && new[] { query.Namespace, query.Pool, query.State, query.Text }.All(text => text is null or { Length: <= LongestText }) ? query : null;
    }

    private Task WriteSessionAsync(HttpContext context, Admission admission) => admission.Viewer is not { } viewer
        ? WriteAsync(context, admission.Problem!)
        : WriteAsync(
            context,
            new SessionView
            {
                Authentication = options.Authentication.ToString(),
                Version = OperatorVersion.Number,
                User = viewer.Name,
                Namespaces = viewer.Namespaces?.Order(StringComparer.Ordinal).ToList(),
            },
            DashboardJson.Default.SessionView);

    private static Task WriteAsync(HttpContext context, DashboardProblem problem)
    {
        context.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        }

        return WriteAsync(context, problem, DashboardJson.Default.DashboardProblem, "application/problem+json");
    }

    private static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, string? contentType = null) =>
        context.Response.WriteAsJsonAsync(value, type, contentType, context.RequestAborted);
}
