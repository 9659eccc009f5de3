using Operator.Observability;

namespace Operator.Tests.Observability;

public sealed class ApiActionsTests
{
    [Theory]
    [InlineData("GET", "/apis/ec2runners.dev/v1alpha1/runnerpools", "LIST runnerpools")]
    [InlineData("GET", "/apis/ec2runners.dev/v1alpha1/runnerpools?watch=true", "WATCH runnerpools")]
    [InlineData("PATCH", "/apis/ec2runners.dev/v1alpha1/namespaces/default/runnerleases/a-1/status", "PATCH runnerleases/status")]
    [InlineData("POST", "/api/v1/namespaces/default/events", "POST events")]
    [InlineData("GET", "/api/v1/namespaces/kube-system", "GET namespaces")]
    [InlineData("GET", "/api/v1/namespaces/default/secrets/github-app", "GET secrets")]
    public void Kubernetes_Call_IsNamedByVerbAndResource(string method, string path, string expected) =>
        Assert.Equal(expected, ApiActions.OfKubernetes(method, new Uri("https://cluster" + path)));

    [Theory]
    [InlineData("POST", "/orgs/my-org/actions/runners/generate-jitconfig", "POST actions/runners/generate-jitconfig")]
    [InlineData("DELETE", "/api/v3/repos/my-org/app/actions/runners/42", "DELETE actions/runners/{id}")]
    [InlineData("POST", "/app/installations/77/access_tokens", "POST installations/{id}/access_tokens")]
    [InlineData("GET", "/scalesets/message", "GET message")]
    public void GitHub_Call_NamesNoPlace(string method, string path, string expected) =>
        Assert.Equal(expected, ApiActions.OfGitHub(method, path));

    [Fact]
    public async Task Aws_QueryCall_IsNamedByItsAction()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://ec2") { Content = new StringContent("Version=2016-11-15&Action=CreateFleet&Type=instant") };

        Assert.Equal("CreateFleet", await ApiActions.NameAsync("aws", request, CancellationToken.None));
    }

    [Fact]
    public async Task Aws_JsonCall_IsNamedByItsTarget()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://ssm") { Headers = { { "X-Amz-Target", "AmazonSSM.PutParameter" } } };

        Assert.Equal("PutParameter", await ApiActions.NameAsync("aws", request, CancellationToken.None));
    }
}
