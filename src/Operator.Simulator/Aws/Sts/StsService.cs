using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Sts;

/// <summary>The STS calls made by an SDK's credential chain. Every request is granted.</summary>
internal sealed class StsService(SimulatedAwsOptions options, TimeProvider time) : IAwsProtocol
{
    private const string ApiVersion = "2011-06-15";
    private const string Namespace = $"https://sts.amazonaws.com/doc/{ApiVersion}/";
    private const int DefaultSeconds = 3600;
    private readonly Ids _ids = new(options.Seed + 1);

    private QueryEnvelope Envelope => new(Namespace, _ids.Uuid);

    public string Service => "sts";

    public string? OperationOf(AwsRequest request) => request.Form.Text("Version") == ApiVersion ? request.Form.Text("Action") : null;

    public bool IsAnonymous(string operation) => operation == "AssumeRoleWithWebIdentity";

    public AwsAnswer Answer(string operation, AwsRequest request) => operation switch
    {
        "GetCallerIdentity" => Envelope.Answer(operation, xml =>
        {
            xml.Text("Arn", $"arn:aws:iam::{options.AccountId}:user/simulated");
            xml.Text("UserId", "AIDASIMULATED00000001");
            xml.Text("Account", options.AccountId);
        }),
        "AssumeRole" => Envelope.Answer(operation, xml => WriteRole(request.Form, xml)),
        "AssumeRoleWithWebIdentity" => Envelope.Answer(operation, xml =>
        {
            request.Form.Required("WebIdentityToken");
            WriteRole(request.Form, xml);
        }),
        _ => throw new AwsException("InvalidAction", $"Could not find operation {operation} for version {ApiVersion}"),
    };

    public AwsAnswer Refuse(AwsException error) => Envelope.Refuse(error);

    private void WriteRole(QueryNode request, XmlAnswer xml)
    {
        var role = request.Required("RoleArn");
        var session = request.Required("RoleSessionName");
        if (role.Split(':') is not ["arn", _, "iam", "", { Length: 12 } account, { } name]
            || !name.StartsWith("role/", StringComparison.Ordinal))
        {
            throw new AwsException("ValidationError", $"{role} is invalid");
        }

        xml.Element("AssumedRoleUser", () =>
        {
            xml.Text("Arn", $"arn:aws:sts::{account}:assumed-{name}/{session}");
            xml.Text("AssumedRoleId", $"AROASIMULATED00000001:{session}");
        });
        xml.Element("Credentials", () =>
        {
            xml.Text("AccessKeyId", AwsScope.KeyOf(account, _ids.Uuid()[..4].ToUpperInvariant()));
            xml.Text("SecretAccessKey", $"{_ids.Uuid()}{_ids.Uuid()[..4]}");
            xml.Text("SessionToken", _ids.Uuid());
            xml.Time("Expiration", time.GetUtcNow().AddSeconds(request.Number("DurationSeconds") ?? DefaultSeconds));
        });
    }
}
