using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ssm;

/// <summary>The calls that read parameters.</summary>
internal sealed class ParameterReads(ParameterStore store, SimulatedAwsOptions options)
{
    private const int MostNames = 10;

    public JsonObject Get(SsmRequest request)
    {
        var parameter = store.Find(request.Required("Name")) ?? throw ParameterWrites.NotFound();
        return new JsonObject { ["Parameter"] = Show(parameter, request.Flag("WithDecryption")) };
    }

    public JsonObject GetMany(SsmRequest request)
    {
        var found = Names(request).Select(name => (Name: name, Parameter: store.Find(name))).ToList();
        return new JsonObject
        {
            ["Parameters"] = new JsonArray([.. found.Where(entry => entry.Parameter is not null)
                .Select(entry => Show(entry.Parameter!, request.Flag("WithDecryption")))]),
            ["InvalidParameters"] = Array(found.Where(entry => entry.Parameter is null).Select(entry => entry.Name)),
        };
    }

    public JsonObject GetByPath(SsmRequest request)
    {
        var path = request.Required("Path");
        if (!path.StartsWith('/'))
        {
            throw new AwsException("ValidationException", "The parameter path must start with a forward slash.");
        }

        var page = request.Page(store.Below(path, request.Flag("Recursive")), 10);
        return WithNext(page.NextToken, new JsonObject
        {
            ["Parameters"] = new JsonArray([.. page.Items.Select(parameter => Show(parameter, request.Flag("WithDecryption")))]),
        });
    }

    public JsonObject Describe(SsmRequest request)
    {
        var filters = request.Items("ParameterFilters");
        var page = request.Page(store.All.Where(parameter => filters.All(filter => Passes(parameter, filter))), 50);
        return WithNext(page.NextToken, new JsonObject { ["Parameters"] = new JsonArray([.. page.Items.Select(Summarize)]) });
    }

    internal static IReadOnlyList<string> Names(SsmRequest request) =>
        request.Texts("Names") is { Count: > 0 and <= MostNames } names
            ? [.. names.Distinct()]
            : throw new AwsException("ValidationException", $"Between 1 and {MostNames} names can be given.");

    internal static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private static JsonObject WithNext(string? nextToken, JsonObject answer)
    {
        if (nextToken is not null)
        {
            answer["NextToken"] = nextToken;
        }

        return answer;
    }

    private static bool Passes(Parameter parameter, SsmRequest filter)
    {
        var (key, values) = (filter.Required("Key"), filter.Texts("Values"));
        var subject = key switch
        {
            "Name" => parameter.Name,
            "Type" => parameter.Type,
            "Tier" => parameter.Tier,
            "KeyId" => parameter.KeyId,
            "Path" => parameter.Name,
            _ when key.StartsWith("tag:", StringComparison.Ordinal) => parameter.Tags.GetValueOrDefault(key["tag:".Length..]),
            _ => throw new AwsException("InvalidFilterKey", "The specified key is not valid."),
        };
        return subject is not null && (values.Count == 0 || values.Any(value => filter.Text("Option") switch
        {
            "BeginsWith" => subject.StartsWith(value, StringComparison.Ordinal),
            "Contains" => subject.Contains(value, StringComparison.Ordinal),
            "Recursive" => subject.StartsWith(value.TrimEnd('/') + "/", StringComparison.Ordinal),
            "OneLevel" => subject.LastIndexOf('/') == value.TrimEnd('/').Length && subject.StartsWith(value, StringComparison.Ordinal),
            null or "Equals" => subject == value,
            _ => throw new AwsException("InvalidFilterOption", "The specified filter option is not valid."),
        }));
    }

    private JsonObject Show(Parameter parameter, bool decrypt) => new()
    {
        ["Name"] = parameter.Name,
        ["Type"] = parameter.Type,
        ["Value"] = parameter.IsSecret && !decrypt ? Convert.ToBase64String(Encoding.UTF8.GetBytes("encrypted")) : parameter.Value,
        ["Version"] = parameter.Version,
        ["LastModifiedDate"] = Seconds(parameter.LastModified),
        ["ARN"] = Arn(parameter),
        ["DataType"] = parameter.DataType,
    };

    private JsonObject Summarize(Parameter parameter)
    {
        var summary = new JsonObject
        {
            ["Name"] = parameter.Name,
            ["ARN"] = Arn(parameter),
            ["Type"] = parameter.Type,
            ["LastModifiedDate"] = Seconds(parameter.LastModified),
            ["LastModifiedUser"] = $"arn:aws:iam::{options.AccountId}:root",
            ["Version"] = parameter.Version,
            ["Tier"] = parameter.Tier,
            ["Policies"] = new JsonArray(),
            ["DataType"] = parameter.DataType,
        };
        if (parameter.KeyId is { } keyId)
        {
            summary["KeyId"] = keyId;
        }

        if (parameter.Description is { } description)
        {
            summary["Description"] = description;
        }

        return summary;
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private string Arn(Parameter parameter) =>
        $"arn:aws:ssm:{options.Region}:{options.AccountId}:parameter/{parameter.Name.TrimStart('/')}";
}
