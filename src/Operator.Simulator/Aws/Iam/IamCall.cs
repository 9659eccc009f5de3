namespace Operator.Simulator.Aws.Iam;

/// <summary>One action of a call, as evaluated by IAM; a call may have several.</summary>
/// <param name="Action">Such as <c>ec2:RunInstances</c>.</param>
/// <param name="Resource">The resource's ARN, or <c>*</c>.</param>
/// <param name="Context">Condition keys and their values.</param>
public sealed record IamCall(string Action, string Resource, IReadOnlyDictionary<string, IReadOnlyList<string>> Context)
{
    /// <summary>Creates a service-linked role.</summary>
    internal const string CreateRole = "iam:CreateServiceLinkedRole";

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Action} on {Resource} ({string.Join(", ", Context.Select(pair => $"{pair.Key}={string.Join('|', pair.Value)}"))})";

    /// <summary>The creation of a service-linked role, as part of a call that needs it; without effect where the account has it.</summary>
    internal static IamCall OfRole(string account, string service, string role) =>
        new(CreateRole, $"arn:aws:iam::{account}:role/aws-service-role/{service}/{role}", new IamContext().With("iam:AWSServiceName", service).Keys);
}

/// <summary>Puts the condition keys of a call together.</summary>
internal sealed class IamContext
{
    private readonly Dictionary<string, IReadOnlyList<string>> _keys = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Keys => _keys;

    public IamContext With(string key, params IReadOnlyList<string> values)
    {
        _keys[key] = values;
        return this;
    }

    public IamContext WithRequestTags(IReadOnlyDictionary<string, string>? tags)
    {
        foreach (var (key, value) in tags ?? new Dictionary<string, string>())
        {
            With($"aws:RequestTag/{key}", value);
        }

        return With("aws:TagKeys", [.. (tags ?? new Dictionary<string, string>()).Keys]);
    }

    public IamContext WithResourceTags(IReadOnlyDictionary<string, string>? tags)
    {
        foreach (var (key, value) in tags ?? new Dictionary<string, string>())
        {
            With($"aws:ResourceTag/{key}", value);
        }

        return this;
    }
}
