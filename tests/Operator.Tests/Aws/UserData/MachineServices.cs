using System.Collections.Concurrent;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Operator.Tests.Aws.UserData;

/// <summary>
/// What a machine talks to, on one loopback port: instance metadata (<c>/latest</c>, version 2 only), Parameter Store (<c>POST /</c>, signed),
/// files to download, and a directory through which the fake runner and the fake <c>poweroff</c> report and get instructions.
/// </summary>
internal sealed partial class MachineServices(EventLog events) : IAsyncDisposable
{
    public const string InstanceId = "i-0123456789abcdef0";
    public const string Parameter = "/ec2runners/cluster-1/mailbox/" + InstanceId;
    private readonly Channel<string> _orders = Channel.CreateUnbounded<string>();
    private readonly Lock _lock = new();
    private WebApplication? _app;
    private string? _token;
    private int _tokens;
    private string? _command;
    private string? _taken;

    /// <summary>Metadata by path below <c>/latest/</c>; what is absent answers 404.</summary>
    public ConcurrentDictionary<string, string> Metadata { get; } = new()
    {
        ["meta-data/instance-id"] = InstanceId,
        ["meta-data/placement/region"] = "eu-central-1",
        ["meta-data/iam/security-credentials/"] = "ci-runner",
    };

    /// <summary>Files that can be downloaded, by path.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>Parameter Store's next answers, before it does anything: a status and an error type.</summary>
    public ConcurrentQueue<(int Status, string Type)> Failures { get; } = new();

    /// <summary>How many deletions are denied next, while reading is allowed.</summary>
    public int DeniedDeletes { get; set; }

    /// <summary>How Parameter Store writes its answers; AWS escapes as little as possible.</summary>
    public JsonSerializerOptions Format { get; set; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Runs when a command was read and before it can be deleted.</summary>
    public Action? AfterGet { get; set; }

    public string Secret { get; private set; } = "";

    /// <summary>What was sent as logs: the address and the body, in order.</summary>
    public ConcurrentQueue<(string Path, string Body)> Logs { get; } = new();

    /// <summary>The next answers to logs, before anything is done with them: a status and a text.</summary>
    public ConcurrentQueue<(int Status, string Text)> LogFailures { get; } = new();

    /// <summary>Log streams that exist.</summary>
    public ConcurrentDictionary<string, bool> Streams { get; } = new();

    public Uri Address => new(_app!.Urls.First());

    public async Task StartAsync()
    {
        RotateCredentials("first");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
    }

    /// <summary>Lets a path of the metadata answer 404.</summary>
    public void Forget(string path) => Metadata.TryRemove(path, out _);

    public void ExpireTokens() => _token = null;

    public void RotateCredentials(string name)
    {
        Secret = "secret/" + name + "+key";
        Metadata["meta-data/iam/security-credentials/ci-runner"] =
            $$"""
            {
              "Code" : "Success",
              "Type" : "AWS-HMAC",
              "AccessKeyId" : "ASIA{{name}}",
              "SecretAccessKey" : "{{Secret}}",
              "Token" : "session/{{name}}==",
              "Expiration" : "2026-11-21T12:00:00Z"
            }
            """;
    }

    /// <summary>Stores a command, replacing any other, and changes the wake-up tag unless disabled.</summary>
    public void Put(object command, bool wake = true)
    {
        lock (_lock)
        {
            _command = JsonSerializer.Serialize(command);
        }

        if (wake)
        {
            Metadata.AddOrUpdate("meta-data/tags/instance/ec2runners.dev:wake-up", "1", (_, value) => value + "1");
        }
    }

    public void Withdraw()
    {
        lock (_lock)
        {
            _command = null;
        }
    }

    /// <summary>Instructs the fake runner.</summary>
    public void Tell(string order) => _orders.Writer.TryWrite(order);

    public async ValueTask DisposeAsync()
    {
        // A fake runner that waits for orders would hold up the server's end.
        _orders.Writer.TryComplete();
        await _app!.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var path = context.Request.Path.Value!;
        var (status, text) = (context.Request.Method, path) switch
        {
            ("PUT", "/latest/api/token") => NewToken(context.Request),
            ("GET", _) when path.StartsWith("/latest/", StringComparison.Ordinal) => ReadMetadata(context.Request, path["/latest/".Length..]),
            ("POST", "/") => CallSsm(context.Request, body.ToArray()),
            ("POST", "/ec2/") => CallEc2(context.Request, body.ToArray()),
            ("POST", "/logs/") => CallLogs(context.Request, body.ToArray()),
            ("POST", "/loki/api/v1/push" or "/otlp/v1/logs") => TakeLogs(path, body.ToArray()),
            ("PUT", _) when path.StartsWith("/bucket/", StringComparison.Ordinal) => PutObject(context.Request, body.ToArray()),
            ("GET", "/bucket") => ListObjects(context.Request),
            ("POST", "/events") => (200, Report(body.ToArray())),
            ("POST", "/runner") => (200, await ReportAndWaitAsync(body.ToArray(), context.RequestAborted)),
            _ => (0, ""),
        };
        if (status == 0 && Objects.TryGetValue(path, out var stored))
        {
            await SendObjectAsync(context, stored);
            return;
        }

        if (status == 0)
        {
            var found = Files.TryGetValue(path, out var file);
            context.Response.StatusCode = found ? 200 : 404;
            await context.Response.Body.WriteAsync(file ?? []);
            return;
        }

        context.Response.StatusCode = status;
        await context.Response.WriteAsync(text);
    }

    private (int, string) NewToken(HttpRequest request)
    {
        if (request.Headers["X-aws-ec2-metadata-token-ttl-seconds"] != "21600")
        {
            return (400, "");
        }

        _token = $"imds-token-{++_tokens}";
        events.Add("imds new token");
        return (200, _token);
    }

    private (int, string) ReadMetadata(HttpRequest request, string path)
    {
        if (_token is null || request.Headers["X-aws-ec2-metadata-token"] != _token)
        {
            events.Add("imds refused");
            return (401, "");
        }

        var found = Metadata.TryGetValue(path, out var value);
        events.Add($"imds {path}");
        return found ? (200, value!) : (404, "<html>not found</html>");
    }

    private (int, string) CallSsm(HttpRequest request, byte[] body)
    {
        var action = request.Headers["X-Amz-Target"].ToString().Replace("AmazonSSM.", "");
        events.Add($"ssm {action}");
        var credentials = JsonNode.Parse(Metadata["meta-data/iam/security-credentials/ci-runner"])!;
        if (!SignatureV4.IsValid(request, body, (string)credentials["AccessKeyId"]!, Secret)
            || request.Headers["X-Amz-Security-Token"] != (string)credentials["Token"]!
            || request.ContentType != "application/x-amz-json-1.1")
        {
            events.Add("ssm refused");
            return Error(400, "InvalidSignatureException");
        }

        if (Failures.TryDequeue(out var failure))
        {
            return Error(failure.Status, failure.Type);
        }

        var arguments = JsonNode.Parse(body)!;
        if ((string)arguments["Name"]! == Parameter + ".secrets")
        {
            return CallForSecrets(action);
        }

        if ((string)arguments["Name"]! != Parameter)
        {
            return Error(400, "AccessDeniedException");
        }

        return action == "GetParameter" ? Get((bool)arguments["WithDecryption"]!) : Delete();
    }

    /// <summary>What waits in the mailbox for the machine's scripts; null for nothing.</summary>
    public string? Secrets { get; set; }

    /// <summary>Whether the machine may not remove them.</summary>
    public bool KeepsSecrets { get; set; }

    private (int, string) CallForSecrets(string action)
    {
        if (Secrets is not { } secrets)
        {
            return Error(400, "AccessDeniedException"); // a policy that compares tags says so of what is not there
        }

        if (action == "DeleteParameter")
        {
            if (KeepsSecrets)
            {
                return Error(400, "AccessDeniedException");
            }

            Secrets = null;
            events.Add("secrets taken");
            return (200, "{}");
        }

        return (200, new JsonObject { ["Parameter"] = new JsonObject { ["Value"] = secrets } }.ToJsonString(Format));
    }

    /// <summary>Whether the machine's role lacks the right to tag its instance.</summary>
    public bool DeniesTags { get; set; }

    private (int, string) CallEc2(HttpRequest request, byte[] body)
    {
        var credentials = JsonNode.Parse(Metadata["meta-data/iam/security-credentials/ci-runner"])!;
        var isSigned = SignatureV4.IsValid(request, body, (string)credentials["AccessKeyId"]!, Secret, "ec2")
            && request.Headers["X-Amz-Security-Token"] == (string)credentials["Token"]! && request.ContentType == "application/x-www-form-urlencoded";
        events.Add($"ec2 {(isSigned && !DeniesTags ? "" : "refused ")}{Uri.UnescapeDataString(Encoding.UTF8.GetString(body))}");
        return isSigned && !DeniesTags ? (200, "<CreateTagsResponse/>") : (403, "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>");
    }

    private (int, string) TakeLogs(string path, byte[] body)
    {
        if (LogFailures.TryDequeue(out var failure))
        {
            events.Add($"logs failed {failure.Status}");
            return failure;
        }

        Logs.Enqueue((path, Encoding.UTF8.GetString(body)));
        events.Add($"logs {path} {Encoding.UTF8.GetString(body)}");
        return (204, "");
    }

    private (int, string) CallLogs(HttpRequest request, byte[] body)
    {
        var credentials = JsonNode.Parse(Metadata["meta-data/iam/security-credentials/ci-runner"])!;
        if (!SignatureV4.IsValid(request, body, (string)credentials["AccessKeyId"]!, Secret, "logs") || request.Headers["X-Amz-Security-Token"] != (string)credentials["Token"]!)
        {
            return Error(400, "InvalidSignatureException");
        }

        var arguments = JsonNode.Parse(body)!;
        var stream = $"{arguments["logGroupName"]} {arguments["logStreamName"]}";
        if (request.Headers["X-Amz-Target"] == "Logs_20140328.CreateLogStream")
        {
            Streams[stream] = true;
            events.Add("logs stream " + stream);
            return (200, "{}");
        }

        return !Streams.ContainsKey(stream) ? Error(400, "ResourceNotFoundException")
            : TakeLogs(request.Headers["X-Amz-Target"]!, body) is { Item1: not 204 } failed ? failed : (200, "{}");
    }

    private (int, string) PutObject(HttpRequest request, byte[] body)
    {
        var credentials = JsonNode.Parse(Metadata["meta-data/iam/security-credentials/ci-runner"])!;
        var isSigned = SignatureV4.IsValid(request, body, (string)credentials["AccessKeyId"]!, Secret, "s3", (string?)request.Headers["x-amz-content-sha256"])
            && request.Headers["x-amz-security-token"] == (string)credentials["Token"]!;
        return isSigned ? TakeLogs(request.Path.Value!, body) is { Item1: not 204 } failed ? failed : (200, "") : (403, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
    }

    private (int, string) Get(bool decrypts)
    {
        lock (_lock)
        {
            if (_command is null || !decrypts)
            {
                return Error(400, "ParameterNotFound");
            }

            _taken = _command;
        }

        AfterGet?.Invoke();
        return (200, new JsonObject
        {
            ["Parameter"] = new JsonObject { ["Name"] = Parameter, ["Type"] = "SecureString", ["Value"] = _taken, ["Version"] = 1 },
        }.ToJsonString(Format));
    }

    private (int, string) Delete()
    {
        if (DeniedDeletes > 0)
        {
            DeniedDeletes--;
            return Error(400, "AccessDeniedException");
        }

        lock (_lock)
        {
            if (_command is null)
            {
                events.Add("command missed");
                return Error(400, "ParameterNotFound");
            }

            _command = null;
        }

        events.Add("command taken");
        return (200, "{}");
    }

    private static (int, string) Error(int status, string type) => (status, $$"""{"__type":"{{type}}","message":"no {{type}} today"}""");

    private string Report(byte[] body)
    {
        events.Add(Encoding.UTF8.GetString(body));
        return "";
    }

    private async Task<string> ReportAndWaitAsync(byte[] body, CancellationToken cancellationToken)
    {
        Report(body);
        try
        {
            return await _orders.Reader.ReadAsync(cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            return "exit";
        }
    }
}
