using System.Net;
using Operator.Common;
using Operator.Runtime.Client;

namespace Operator.Tests.Common;

public sealed class RequestRefusedExceptionTests
{
    // What differs from attempt to attempt would change the condition, and its event, each time.
    [Fact]
    public void Message_OfAttemptsThatDifferInTheirIds_IsTheSame() => Assert.Equal(
        MessageOf("admission webhook denied the request (request id: 3f2b8c1d-0a4e-4b7c-9d21-5e6f7a8b9c0d)"),
        MessageOf("admission webhook denied the request (request id: 9a8b7c6d-1e2f-4a3b-8c4d-0f1e2d3c4b5a)"));

    [Fact]
    public void Message_OfAnyLength_IsBounded() => Assert.InRange(MessageOf(string.Join(' ', Enumerable.Repeat("denied", 20_000))).Length, 512, 700);

    [Fact]
    public void Message_KeepsWhatTheServerSays() => Assert.Contains("exceeded quota: compute", MessageOf("exceeded quota: compute"), StringComparison.Ordinal);

    private static string MessageOf(string said) =>
        new RequestRefusedException(RequestRefusedException.Leases, new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", said)).Message;
}
