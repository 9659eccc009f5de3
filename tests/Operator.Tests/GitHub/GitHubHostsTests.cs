using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Operator.Common;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Leases;
using Operator.Runtime.Client;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub;

/// <summary>Pool authors choose the host that their namespace's credential is sent to, unless the operator restricts the hosts.</summary>
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

        var refusal = await Assert.ThrowsAsync<ProviderException>(() => scopes.ReadAsync(pool, CancellationToken.None));

        Assert.Equal("HostNotAllowed", refusal.Reason);
        Assert.Contains("github.com, octo.ghe.com", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(client.ReceivedCalls());
    }

    // A status records where something was created. The pool's credentials are for the host in its spec.
    [Theory]
    [InlineData("https://github.com/my-org", true)]
    [InlineData("https://github.com/other-org/app", true)]
    [InlineData("https://evil.example/my-org", false)]
    [InlineData("https://github.com:8443/my-org", false)]
    [InlineData("not an address", false)]
    public void At_RememberedAddress_IsAtTheSameHostOrNone(string url, bool expected)
    {
        Assert.True(GitHubTarget.TryParse("https://www.github.com/my-org", out var target, out _));
        var scope = new GitHubScope(target, StubGitHub.PersonalToken, "default");

        Assert.Equal(expected, scope.At(url) is not null);
        Assert.Same(scope, scope.At(url: null));
    }

    [Fact]
    public void Connection_ToAHostThatIsNotAllowed_IsNotMade()
    {
        using var connections = new GitHubConnections(new ManualTimeProvider(), NullLogger<GitHubConnections>.Instance)
        {
            CheckHost = GitHubHosts.Parse("ghes.example.com").Demand,
        };
        using var scaleSets = new ScaleSetConnections(connections, new ManualTimeProvider(), NullLogger<ScaleSetConnections>.Instance);
        Assert.True(GitHubTarget.TryParse("https://ghes.example.com/my-org", out var allowed, out _));

        Assert.NotNull(connections.Get(allowed, StubGitHub.PersonalToken));
        Assert.NotNull(scaleSets.Get(allowed, StubGitHub.PersonalToken));
        Assert.Equal("HostNotAllowed", Assert.Throws<ProviderException>(() => connections.Get(StubGitHub.Organization, StubGitHub.PersonalToken)).Reason);
        Assert.Equal("HostNotAllowed", Assert.Throws<ProviderException>(() => scaleSets.Get(StubGitHub.Organization, StubGitHub.PersonalToken)).Reason);
    }
}
