using System.Text.Json.Nodes;

namespace Operator.Commands.Iam;

/// <summary>One statement of a policy.</summary>
/// <param name="Sid">Its purpose, letters only.</param>
/// <param name="Actions">Such as <c>ec2:CreateFleet</c>.</param>
/// <param name="Resources">ARNs, or <c>*</c>.</param>
/// <param name="Condition">Operators, keys and values; null means none.</param>
internal sealed record IamStatement(string Sid, IReadOnlyList<string> Actions, IReadOnlyList<string> Resources, JsonObject? Condition = null)
{
    /// <summary>Whether it denies, regardless of the role's other policies.</summary>
    public bool Denies { get; init; }

    /// <summary>Who is trusted, in a trust policy; null elsewhere.</summary>
    public JsonObject? Principal { get; init; }

    /// <summary>A policy of statements.</summary>
    public static JsonObject Policy(IEnumerable<IamStatement> statements) => new()
    {
        ["Version"] = "2012-10-17",
        ["Statement"] = new JsonArray([.. statements.Select(statement => statement.ToJson())]),
    };

    private JsonObject ToJson()
    {
        var json = new JsonObject { [nameof(Sid)] = Sid, ["Effect"] = Denies ? "Deny" : "Allow" };
        if (Principal is not null)
        {
            json[nameof(Principal)] = Principal.DeepClone();
        }

        json["Action"] = Texts(Actions);
        if (Resources.Count > 0)
        {
            json["Resource"] = Texts(Resources);
        }

        if (Condition is not null)
        {
            json[nameof(Condition)] = Condition.DeepClone();
        }

        return json;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
