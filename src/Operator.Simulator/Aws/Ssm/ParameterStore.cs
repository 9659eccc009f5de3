using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;
using Operator.Simulator.Aws.Ec2.Images;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ssm;

/// <summary>Parameter Store: the parameters, its rules, and its account-wide request bucket.</summary>
internal sealed partial class ParameterStore
{
    // Default throughput of an account for these calls together, shared by all callers: the operator and every host.
    private const int CallsPerSecond = 40;
    private static readonly FrozenSet<string> SharedCalls = FrozenSet.ToFrozenSet(["GetParameter", "GetParameters", "PutParameter"], StringComparer.Ordinal);

    private const int StandardLimit = 4096;
    private const int AdvancedLimit = 8192;
    private const int DeepestHierarchy = 15;

    private static readonly string[] ReservedPrefixes = ["aws", "ssm"];

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Parameter> _parameters = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly TokenBucket? _bucket;

    public ParameterStore(SimulatedAwsOptions options, TimeProvider time)
    {
        _time = time;
        _bucket = options.EnforceRequestBuckets ? new TokenBucket(CallsPerSecond, CallsPerSecond, time) : null;
    }

    [GeneratedRegex(@"^[a-zA-Z0-9_.\-/]{1,1011}$", RegexOptions.None, 1000)]
    private static partial Regex ValidName { get; }

    /// <summary>The account's own parameters by name.</summary>
    public IReadOnlyList<Parameter> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _parameters.Values];
            }
        }
    }

    /// <summary>Charges one call to the bucket, if it is one that the throughput setting is about.</summary>
    /// <exception cref="AwsException">ThrottlingException.</exception>
    public void Throttle(string operation)
    {
        if (SharedCalls.Contains(operation) && _bucket?.Take(1) == false)
        {
            throw new AwsException("ThrottlingException", "Rate exceeded");
        }
    }

    /// <summary>A parameter, or one of AWS' public ones; null for none.</summary>
    public Parameter? Find(string name)
    {
        lock (_lock)
        {
            return _parameters.GetValueOrDefault(name) ?? Public(name);
        }
    }

    public string? ValueOf(string name) => Find(name)?.Value;

    /// <summary>Those below a path, AWS' own included.</summary>
    public IReadOnlyList<Parameter> Below(string path, bool recursive)
    {
        var prefix = path.EndsWith('/') ? path : path + "/";
        lock (_lock)
        {
            var found = _parameters.Values.Concat(ImageStore.PublicParameters.Keys.Select(name => Public(name)!));
            return [.. found.Where(parameter => parameter.Name.StartsWith(prefix, StringComparison.Ordinal)
                && (recursive || !parameter.Name[prefix.Length..].Contains('/', StringComparison.Ordinal)))];
        }
    }

    public Parameter Put(PutParameter put)
    {
        Check(put);
        lock (_lock)
        {
            var old = _parameters.GetValueOrDefault(put.Name);
            if (old is not null && !put.Overwrite)
            {
                throw new AwsException("ParameterAlreadyExists",
                    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.");
            }

            var type = put.Type ?? old?.Type
                ?? throw Invalid("A parameter type is required when you create a parameter.");
            return _parameters[put.Name] = new Parameter(put.Name, type, put.Value, (old?.Version ?? 0) + 1, _time.GetUtcNow())
            {
                Tier = TierOf(put, old),
                Description = put.Description ?? old?.Description,
                KeyId = type == "SecureString" ? put.KeyId ?? old?.KeyId ?? "alias/aws/ssm" : null,
                Tags = old?.Tags ?? new SortedDictionary<string, string>(new Dictionary<string, string>(put.Tags), StringComparer.Ordinal),
            };
        }
    }

    /// <summary>Deletes a parameter; false for none.</summary>
    public bool Remove(string name)
    {
        lock (_lock)
        {
            return _parameters.Remove(name);
        }
    }

    /// <summary>Changes the tags of a parameter.</summary>
    public T WithTags<T>(string name, Func<SortedDictionary<string, string>, T> action)
    {
        lock (_lock)
        {
            return _parameters.TryGetValue(name, out var parameter)
                ? action(parameter.Tags)
                : throw new AwsException(
                    "InvalidResourceId", "The resource ID is not valid. Verify that you entered the correct ID and try again.");
        }
    }

    private static Parameter? Public(string name) =>
        ImageStore.PublicParameters.TryGetValue(name, out var value)
            ? new Parameter(name, "String", value, 1, DateTimeOffset.UnixEpoch) { Tier = "Standard", DataType = "text", Tags = [] }
            : null;

    private static void Check(PutParameter put)
    {
        if (!ValidName.IsMatch(put.Name) || (put.Name.Contains('/', StringComparison.Ordinal) && put.Name[0] != '/'))
        {
            throw Invalid("Parameter name must be a fully qualified name. "
                + "Only a mix of letters, numbers and the following symbols are allowed: .-_/");
        }

        var parts = put.Name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || ReservedPrefixes.Any(prefix => parts[0].StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        {
            throw new AwsException("AccessDeniedException", $"No access to reserved parameter name: {put.Name}.");
        }

        if (parts.Length > DeepestHierarchy)
        {
            throw new AwsException(
                "HierarchyLevelLimitExceededException", $"A parameter hierarchy can have a maximum of {DeepestHierarchy} levels.");
        }

        if (put.Overwrite && put.Tags.Count > 0)
        {
            throw Invalid("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove "
                + "overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.");
        }

        if (put.Type is not (null or "String" or "StringList" or "SecureString"))
        {
            throw new AwsException("UnsupportedParameterType", $"The parameter type {put.Type} is not supported.");
        }
    }

    private static string TierOf(PutParameter put, Parameter? old)
    {
        var length = Encoding.UTF8.GetByteCount(put.Value);
        if (length == 0 || length > AdvancedLimit)
        {
            throw Invalid($"The length of a parameter value is between 1 and {AdvancedLimit} characters.");
        }

        var needsAdvanced = length > StandardLimit || old?.Tier == "Advanced";
        var tier = put.Tier != "Intelligent-Tiering" ? put.Tier : needsAdvanced ? "Advanced" : "Standard";
        return tier switch
        {
            "Standard" when old?.Tier == "Advanced" => throw Invalid(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to "
                + "the standard-parameter tier."),
            "Standard" when length > StandardLimit => throw Invalid(
                $"Standard tier parameters support a maximum parameter value of {StandardLimit} characters. To create a larger parameter "
                + "value, upgrade the parameter to use the advanced-parameter tier."),
            "Standard" or "Advanced" => tier,
            _ => throw Invalid($"Tier {tier} is not valid."),
        };
    }

    private static AwsException Invalid(string message) => new("ValidationException", message);
}
