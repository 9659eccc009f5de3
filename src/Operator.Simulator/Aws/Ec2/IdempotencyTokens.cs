using System.Text;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2;

/// <summary>
/// Client tokens: the same token with the same parameters has no second effect and the same answer. They do not expire here.
/// </summary>
internal sealed class IdempotencyTokens
{
    private readonly Dictionary<(string Operation, string Token), (string Fingerprint, object Result)> _results = [];

    /// <summary>Does something once for the request's <c>ClientToken</c>. An error is not remembered.</summary>
    /// <param name="operation">Tokens are scoped to an operation.</param>
    /// <param name="request">The request.</param>
    /// <param name="longest">Longest token that the operation takes.</param>
    /// <param name="action">What to do.</param>
    public T Once<T>(string operation, QueryNode request, int longest, Func<T> action)
        where T : class
    {
        if (request.Text("ClientToken") is not { } token)
        {
            return action();
        }

        if (token.Length > longest || !Ascii.IsValid(token))
        {
            throw new AwsException(
                "InvalidParameterValue", $"Invalid value '{token}' for clientToken. It must be at most {longest} ASCII characters.");
        }

        var fingerprint = request.Fingerprint("ClientToken", "Action", "Version");
        if (!_results.TryGetValue((operation, token), out var known))
        {
            var result = action();
            _results[(operation, token)] = (fingerprint, result);
            return result;
        }

        return known.Fingerprint == fingerprint
            ? (T)known.Result
            : throw new AwsException("IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
    }
}
