using System.Net;

namespace Operator.Simulator.Aws.Wire;

/// <summary>An error response of a simulated AWS service; its format depends on the protocol.</summary>
internal sealed class AwsException(HttpStatusCode status, string code, string message) : Exception(message)
{
    public AwsException(string code, string message) : this(HttpStatusCode.BadRequest, code, message)
    {
    }

    public HttpStatusCode Status => status;

    public string Code => code;
}
