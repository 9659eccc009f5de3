namespace Operator.Simulator.Aws.Iam;

/// <summary>One action of a call, as evaluated by IAM; a call may have several.</summary>
/// <param name="Action">Such as <c>ec2:RunInstances</c>.</param>
/// <param name="Resource">The resource's ARN, or <c>*</c>.</param>
/// <param name="Context">Condition keys and their values.</param>
public sealed record IamCall(string Action, string Resource, IReadOnlyDictionary<string, IReadOnlyList<string>> Context)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Action} on {Resource} ({string.Join(", ", Context.Select(pair => $"{pair.Key}={string.Join('|', pair.Value)}"))})";
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
