using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ssm;

/// <summary>The calls that change parameters and their tags.</summary>
internal sealed class ParameterWrites(ParameterStore store)
{
    public JsonObject Put(SsmRequest request)
    {
        var (name, value, tier) = (request.Required("Name"), request.Required("Value"), request.Text("Tier") ?? "Standard");
        if (request.Text("AllowedPattern") is { } pattern && !Regex.IsMatch(value, pattern, RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1)))
        {
            throw new AwsException("ParameterPatternMismatchException", $"Parameter value, cannot be validated against allowedPattern: {pattern}");
        }

        var parameter = store.Put(new PutParameter(name, request.Text("Type"), value, request.Flag("Overwrite"), tier)
        {
            Description = request.Text("Description"),
            KeyId = request.Text("KeyId"),
            Tags = request.Tags("Tags"),
        });
        return new JsonObject { ["Version"] = parameter.Version, ["Tier"] = parameter.Tier };
    }

    public JsonObject Delete(SsmRequest request) =>
        store.Remove(request.Required("Name")) ? [] : throw NotFound();

    public JsonObject DeleteMany(SsmRequest request)
    {
        var names = ParameterReads.Names(request);
        var deleted = names.Where(store.Remove).ToHashSet(StringComparer.Ordinal);
        return new JsonObject
        {
            ["DeletedParameters"] = ParameterReads.Array(deleted),
            ["InvalidParameters"] = ParameterReads.Array(names.Where(name => !deleted.Contains(name))),
        };
    }

    public JsonObject AddTags(SsmRequest request) => store.WithTags(Resource(request), tags =>
    {
        foreach (var (key, value) in request.Tags("Tags"))
        {
            tags[key] = value;
        }

        return new JsonObject();
    });

    public JsonObject RemoveTags(SsmRequest request) => store.WithTags(Resource(request), tags =>
    {
        foreach (var key in request.Texts("TagKeys"))
        {
            tags.Remove(key);
        }

        return new JsonObject();
    });

    public JsonObject ListTags(SsmRequest request) => store.WithTags(Resource(request), tags => new JsonObject
    {
        ["TagList"] = new JsonArray([.. tags.Select(tag => new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]),
    });

    internal static AwsException NotFound() => new("ParameterNotFound", "");

    private static string Resource(SsmRequest request) => request.Required("ResourceType") == "Parameter"
        ? request.Required("ResourceId")
        : throw new AwsException("InvalidResourceType", "The resource type is not valid.");
}
