using System.Text.Json;
using Operator.Simulator.Aws.Ssm;

namespace Operator.Simulator.Aws.Iam;

/// <summary>IAM's checks for the calls of Parameter Store and Run Command.</summary>
internal sealed class SsmCalls(SimulatedAwsOptions options, ParameterStore store, Func<string, IReadOnlyDictionary<string, string>?> tagsOfInstance)
{
    public IReadOnlyList<IamCall> Of(string operation, string body)
    {
        using var document = JsonDocument.Parse(body);
        var request = new SsmRequest(document.RootElement);
        if (operation == "SendCommand")
        {
            return
            [
                new("ssm:SendCommand", $"arn:aws:ssm:{options.Region}::document/{request.Text("DocumentName")}", new IamContext().Keys),
                .. request.Texts("InstanceIds").Select(id => new IamCall(
                    "ssm:SendCommand", $"arn:aws:ec2:{options.Region}:{options.AccountId}:instance/{id}", new IamContext().WithResourceTags(tagsOfInstance(id)).Keys)),
            ];
        }

        if (operation is "ListCommands" or "GetCommandInvocation" or "DescribeInstanceInformation")
        {
            return [new($"ssm:{operation}", "*", new IamContext().Keys)];
        }

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
