using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Operator.Benchmark;

/// <summary><c>bare</c>: an empty web server, as a baseline for the memory benchmark.</summary>
internal static class BareCommand
{
    public static Command Create()
    {
        var command = new Command("bare", "A web server that does nothing.") { Hidden = true };
        command.SetAction(async (_, cancellationToken) =>
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            app.MapGet("/healthz", () => Results.Text("ok"));
            await app.StartAsync(cancellationToken);
            await app.WaitForShutdownAsync(cancellationToken);
        });
        return command;
    }
}
