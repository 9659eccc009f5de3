using NSubstitute;
using Operator.Forges;
using Operator.GitHub;
using Operator.Runtime;
using Operator.Runtime.Client;
using Operator.Simulator.Time;
using Operator.Tests.GitHub.Rest;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Tests.Forges;

/// <summary>A credential is kept for the host that it was read for.</summary>
public sealed class CredentialsReaderTests
{
    private static readonly NamespacedName Secret = new("ci", "s");
    private static readonly GitHubTarget Old = StubGitHub.Target("https://ghes.example.com/my-org");
    private static readonly GitHubTarget New = StubGitHub.Target("https://github.com/my-org");

    private readonly IKubernetesClient _client = Substitute.For<IKubernetesClient>();
    private readonly CredentialsReader _reader;

    public CredentialsReaderTests() => _reader = new(_client, new ManualTimeProvider());

    [Fact]
    public async Task SecretAndHostChangeTogether_TheNewHostGetsTheNewToken()
    {
        Store("ghp_old");
        Assert.Equal("ghp_old", TokenOf(await _reader.ReadAsync(Secret, Old, maxAge: null, default)));

        Store("ghp_new");

        Assert.Equal("ghp_new", TokenOf(await _reader.ReadAsync(Secret, New, maxAge: null, default)));
        Assert.Equal("ghp_new", TokenOf(await _reader.ReadAsync(Secret, StubGitHub.Target("https://github.com/other-org"), maxAge: null, default)));
        await _client.ReceivedWithAnyArgs(2).GetAsync<V1Secret>(default, default);
    }

    [Fact]
    public async Task SecretIsDeleted_TheLastOneOfAnotherHostIsNotUsed()
    {
        Store("ghp_old");
        await _reader.ReadAsync(Secret, Old, maxAge: null, default);
        Store(token: null);

        await Assert.ThrowsAsync<CredentialsMissingException>(() => _reader.ReadLastAsync(Secret, New, default));
    }

    private static string TokenOf(ForgeCredentials credentials) => Assert.IsType<GitHubCredentials.Token>(credentials).Value;

    private void Store(string? token) => _client.GetAsync<V1Secret>(default, default).ReturnsForAnyArgs(
        token is null ? null : new V1Secret { Data = new Dictionary<string, byte[]> { ["github_token"] = System.Text.Encoding.UTF8.GetBytes(token) } });
}
