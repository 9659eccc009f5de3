using System.IO.Enumeration;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Operator.Simulator.Aws.Iam;

/// <summary>
/// An IAM policy, evaluated as far as ours need it: string conditions, wildcards, variables; Deny takes precedence over Allow.
/// </summary>
public sealed partial class IamPolicy
{
    private readonly IReadOnlyList<JsonObject> _statements;

    private IamPolicy(IReadOnlyList<JsonObject> statements) => _statements = statements;

    /// <summary>The names of the statements that allow something.</summary>
    public IReadOnlyList<string> Sids => [.. _statements.Where(statement => !Denies(statement)).Select(SidOf)];

    /// <summary>The allowed actions, as written.</summary>
    public IReadOnlyList<string> Actions =>
        [.. _statements.Where(statement => !Denies(statement)).SelectMany(statement => statement["Action"] is JsonArray many ? many.Select(action => action!.ToString()) : [statement["Action"]!.ToString()]).Distinct()];

    /// <summary>Reads a policy document.</summary>
    public static IamPolicy Parse(string json) => new([.. JsonNode.Parse(json)!["Statement"]!.AsArray().Select(statement => statement!.AsObject())]);

    /// <summary>The same policy without one statement.</summary>
    public IamPolicy Without(string sid) => new([.. _statements.Where(statement => SidOf(statement) != sid)]);

    /// <summary>Both policies attached to one role.</summary>
    public IamPolicy And(IamPolicy other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new([.. _statements, .. other._statements]);
    }

    /// <summary>Whether a statement allows a call, and none denies it.</summary>
    public bool Allows(IamCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return _statements.Any(statement => !Denies(statement) && Concerns(statement, call)) && !_statements.Any(statement => Denies(statement) && Concerns(statement, call));
    }

    private static bool Denies(JsonObject statement) => statement["Effect"]?.GetValue<string>() == "Deny";

    private static bool Concerns(JsonObject statement, IamCall call) =>
        Texts(statement["Action"]).Any(action => Matches(action, call.Action))
        && Texts(statement["Resource"]).Any(resource => Matches(Expand(resource, call), call.Resource))
        && (statement["Condition"]?.AsObject() ?? []).All(test => Holds(test.Key, test.Value!.AsObject(), call));

    [GeneratedRegex(@"\$\{(?<key>[^}]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable { get; }

    private static bool Holds(string comparison, JsonObject keys, IamCall call) => keys.All(pair =>
    {
        var wanted = Texts(pair.Value).Select(text => Expand(text, call)).ToList();
        var found = call.Context.FirstOrDefault(entry => string.Equals(entry.Key, pair.Key, StringComparison.OrdinalIgnoreCase)).Value;
        return comparison switch
        {
            "StringEquals" => found?.Any(value => wanted.Contains(value, StringComparer.Ordinal)) == true,
            "StringLike" or "ArnLike" => found?.Any(value => wanted.Exists(pattern => Matches(pattern, value))) == true,
            "StringNotLike" => found?.Any(value => wanted.Exists(pattern => Matches(pattern, value))) != true,
            "ForAllValues:StringEquals" => found?.All(value => wanted.Contains(value, StringComparer.Ordinal)) != false,
            _ => throw new NotSupportedException($"The simulator evaluates no condition {comparison}."),
        };
    });

    // A variable without a value never matches.
    private static string Expand(string text, IamCall call) => Variable.Replace(
        text, match => call.Context.GetValueOrDefault(match.Groups["key"].Value) is [var single] ? single : "\0");

    private static bool Matches(string pattern, string text) => FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: false);

    private static string SidOf(JsonObject statement) => statement["Sid"]?.GetValue<string>() ?? "";

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonArray list => list.Select(item => item!.GetValue<string>()),
        null => [],
        _ => [node.GetValue<string>()],
    };
}
