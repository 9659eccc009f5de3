using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Aws.Iam;
using Operator.Simulator.Aws.PriceList;
using Operator.Simulator.Faults;
using Operator.Simulator.Network;

namespace Operator.Simulator.Aws.Wire;

/// <summary>One port for all services; the request itself shows which service is meant.</summary>
internal sealed partial class AwsEndpoint(
    IReadOnlyList<IAwsProtocol> protocols, PriceFiles prices, IamGate gate, CallLog calls, FaultInjector faults, TimeProvider time, INetwork network) : IAsyncDisposable
{
    private static readonly AwsException Unsigned = new(
        HttpStatusCode.Unauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials");

    private readonly Dictionary<AwsScope, AwsEndpoint> _elsewhere = [];
    private WebApplication? _application;

    public string Url => _application?.Urls.Single() ?? throw new InvalidOperationException("not started");

    public async Task StartAsync(int port, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        network.Serve(builder.WebHost.UseUrls($"http://127.0.0.1:{port}"));
        _application = builder.Build();
        _application.Run(HandleAsync);
        await _application.StartAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is { } application)
        {
            // No caller waits for an answer that a fault delays on a stopped clock.
            using var now = new CancellationTokenSource();
            await now.CancelAsync();
            await application.StopAsync(now.Token);
            await application.DisposeAsync();
        }
    }

    /// <summary>From now on, requests that are signed for another region, or by a role of another account, are answered there.</summary>
    public void Add(AwsScope place, AwsEndpoint endpoint) => _elsewhere.Add(place, endpoint);

    [GeneratedRegex(
        "^AWS4-(HMAC-SHA256|ECDSA-P256-SHA256) Credential=[^/]+/.+/aws4_request, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]+$",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex SignatureShape { get; }

    private async Task HandleAsync(HttpContext context)
    {
        if (PriceFiles.Has(context.Request.Path))
        {
            await prices.HandleAsync(context);
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var request = new AwsRequest(context.Request.Headers, await reader.ReadToEndAsync(context.RequestAborted));
        var meant = AwsScope.Parse(request) is { } place && _elsewhere.TryGetValue(place, out var other) ? other : this;
        await meant.HandleAsync(context, request);
    }

    private async Task HandleAsync(HttpContext context, AwsRequest request)
    {
        foreach (var protocol in protocols)
        {
            if (protocol.OperationOf(request) is { } operation)
            {
                await HandleAsync(context, protocol, operation, request);
                return;
            }
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        await context.Response.WriteAsync("No simulated AWS service speaks this protocol.", context.RequestAborted);
    }

    private async Task HandleAsync(HttpContext context, IAwsProtocol protocol, string operation, AwsRequest request)
    {
        var name = $"{protocol.Service}:{operation}";
        calls.Add(name);
        var fault = faults.Take(name, FaultMoment.Before);
        if (await StrikeAsync(context, protocol, fault))
        {
            return;
        }

        if (fault is Fault.Rows rows)
        {
            request = request with { RowErrors = [.. rows.Errors.Select(row => new AwsException(row.Code, row.Message))] };
        }

        var answer = Answer(protocol, operation, request);
        if (!await StrikeAsync(context, protocol, faults.Take(name, FaultMoment.After)))
        {
            await SendAsync(context, answer);
        }
    }

    private AwsAnswer Answer(IAwsProtocol protocol, string operation, AwsRequest request)
    {
        try
        {
            if (protocol.IsAnonymous(operation))
            {
                return protocol.Answer(operation, request);
            }

            if (!SignatureShape.IsMatch(request.Headers.Authorization.ToString()))
            {
                return protocol.Refuse(Unsigned);
            }

            var denied = gate.CheckOperator(protocol.Service, operation, request);
            return protocol.Answer(operation, denied.Count > 0 ? request with { RowErrors = denied } : request);
        }
        catch (AwsException exception)
        {
            if (exception.Code is "RequestLimitExceeded" or "ThrottlingException")
            {
                calls.Add($"throttled:{protocol.Service}:{operation}");
            }

            return protocol.Refuse(exception);
        }
    }

    /// <summary>Applies a fault; true if it ends the call.</summary>
    private async Task<bool> StrikeAsync(HttpContext context, IAwsProtocol protocol, Fault? fault)
    {
        switch (fault)
        {
            case Fault.Cut:
                context.Abort();
                return true;
            case Fault.Error error:
                var exception = new AwsException((HttpStatusCode)error.StatusCode, error.Code, error.Message);
                if (error.RetryAfter is { } retryAfter)
                {
                    context.Response.Headers.RetryAfter = retryAfter.TotalSeconds.ToString("0");
                }

                await SendAsync(context, protocol.Refuse(exception));
                return true;
            case Fault.Delay delay:
                await Task.Delay(delay.Duration, time, context.RequestAborted);
                return false;
            default:
                return false;
        }
    }

    private static async Task SendAsync(HttpContext context, AwsAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        if (answer.RequestId is { } id)
        {
            context.Response.Headers["x-amzn-RequestId"] = id;
        }

        var body = Encoding.UTF8.GetBytes(answer.Body);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
