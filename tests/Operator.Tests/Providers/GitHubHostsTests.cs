using NSubstitute;
using Operator.Clients.GitHub;
using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerPools;
using Operator.Providers;
using Operator.Runtime.Client;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;

namespace Operator.Tests.Providers;

/// <summary>Whoever may create pools names the host that their namespace's credential is sent to, unless the operator names the hosts.</summary>
public sealed class GitHubHostsTests
{
    [Theory]
    [InlineData(null, "https://ghes.example.com/my-org", true)]
    [InlineData("", "https://github.com/my-org", true)]
    [InlineData("github.com", "https://github.com/my-org", true)]
    [InlineData("ghes.example.com:8443, GitHub.com", "https://github.com/my-org/app", true)]
    [InlineData("ghes.example.com:8443", "https://ghes.example.com:8443/my-org", true)]
    [InlineData("ghes.example.com", "https://ghes.example.com:8443/my-org", false)]
    [InlineData("github.com", "https://github.com.evil.example/my-org", false)]
    [InlineData("github.com", "https://evil.example/github.com", false)]
    public void Demand_Host_IsOneOfThoseOrRefused(string? hosts, string url, bool expected)
    {
        Assert.True(GitHubTarget.TryParse(url, out var target, out _));

        var refusal = Record.Exception(() => GitHubHosts.Parse(hosts).Demand(target));

        Assert.Equal(expected, refusal is null);
    }

    [Fact]
    public async Task Scope_OfAPoolAtAnotherHost_IsRefusedBeforeTheSecretIsRead()
    {
        var client = Substitute.For<IKubernetesClient>();
        var hosts = GitHubHosts.Parse("github.com,octo.ghe.com");
        var scopes = new PoolScopes(new ObjectStore<V1Alpha1RunnerPool>(), new CredentialsReader(client, new ManualTimeProvider()), hosts);
        var pool = new V1Alpha1RunnerPool
        {
            Metadata = new() { Name = "p", NamespaceProperty = "default" },
            Spec = new() { GitHub = new() { Url = "https://evil.example/my-org", CredentialsSecretName = "github-app" } },
        };

        var refusal = await Assert.ThrowsAsync<ProviderException>(() => scopes.OfAsync(pool, CancellationToken.None));

        Assert.Equal("HostNotAllowed", refusal.Reason);
        Assert.Contains("github.com, octo.ghe.com", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(client.ReceivedCalls());
    }
}
