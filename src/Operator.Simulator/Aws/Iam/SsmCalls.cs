using System.Text.Json;
using Operator.Simulator.Aws.Ssm;

namespace Operator.Simulator.Aws.Iam;

/// <summary>IAM's checks for Parameter Store's calls.</summary>
internal sealed class SsmCalls(SimulatedAwsOptions options, ParameterStore store)
{
    public IReadOnlyList<IamCall> Of(string operation, string body)
    {
        using var document = JsonDocument.Parse(body);
        var request = new SsmRequest(document.RootElement);
        var name = request.Text("Name") ?? request.Text("Path") ?? "/*";
        var call = OnParameter(operation, name, new IamContext());
        return operation == "PutParameter" && request.Items("Tags").Count > 0 ? [call, OnParameter("AddTagsToResource", name, new IamContext())] : [call];
    }

    /// <summary>A machine's call on a parameter.</summary>
    public IamCall OfInstance(string operation, string name, string instanceId) => OnParameter(
        operation,
        name,
        new IamContext()
            .WithResourceTags(store.Find(name)?.Tags)
            .With("ec2:SourceInstanceARN", $"arn:aws:ec2:{options.Region}:{options.AccountId}:instance/{instanceId}"));

    // Public parameters belong to no account; a name begins with the slash that the ARN needs.
    private IamCall OnParameter(string operation, string name, IamContext context)
    {
        var account = name.StartsWith("/aws/", StringComparison.Ordinal) ? "" : options.AccountId;
        return new($"ssm:{operation}", $"arn:aws:ssm:{options.Region}:{account}:parameter/{name.TrimStart('/')}", context.Keys);
    }
}
