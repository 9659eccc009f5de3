using System.Net;
using System.Text;
using Operator.Clients.Aws;
using Operator.Clients.Ec2;
using Operator.Clients.Ec2.Model;
using Operator.Tests.Clients.Aws;

namespace Operator.Tests.Clients.Ec2;

/// <summary>EC2's wire format, in and out, without a network.</summary>
internal static class Wire
{
    /// <summary>The form of a call, one field per line, sorted: its order means nothing.</summary>
    public static string Form(object request)
    {
        var operation = request.GetType().Name[..^"Request".Length];
        return Sorted(Ec2Client.Protocol.ToForm(operation, request).Select(field => $"{field.Key}={field.Value}"));
    }

    public static string Sorted(string form) => Sorted(form.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    public static T Read<T>(string xml) => (T)Ec2Client.Protocol.ReadResponse(new MemoryStream(Encoding.UTF8.GetBytes(xml)), typeof(T));

    /// <summary>What a call throws when EC2 answers so.</summary>
    public static async Task<AwsException> FailAsync(HttpStatusCode status, string body)
    {
        using var factory = StubHttp.Answering(status, body).Factory();
        return await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None));
    }

    private static string Sorted(IEnumerable<string> fields) => string.Join('\n', fields.Order(StringComparer.Ordinal));
}
