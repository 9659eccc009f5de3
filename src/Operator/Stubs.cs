using Operator.Clients.Aws;
using Operator.Hosting;
namespace Operator.Providers.UserData
{
    internal sealed record HostSettings;
    internal static class HostScript { public static string Render(HostSettings s) => ""; }
}
namespace Operator.Clients.Aws
{
    internal sealed class TokenBucket(int a, double b, TimeProvider t) { public Task WaitAsync(CancellationToken c) => Task.CompletedTask; }
    internal static class AwsClients { public static IAwsClientFactory Create(OperatorSeams s) => throw new NotSupportedException(); }
}
