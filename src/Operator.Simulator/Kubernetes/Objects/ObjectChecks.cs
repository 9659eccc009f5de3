using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Schemas;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>What must be right with any object before it is looked at closer.</summary>
internal static partial class ObjectChecks
{
    private const string NameRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

    /// <summary>Checks that the kind matches the URL, and the types of the metadata.</summary>
    public static void CheckShape(ResourceType type, JsonObject item)
    {
        if (!type.IsCustom)
        {
            // Optional for built-in kinds; for custom resources the API server requires it.
            item["apiVersion"] ??= type.GroupVersion;
            item["kind"] ??= type.Kind;
        }

        if (item["apiVersion"]?.ToString() is var apiVersion && apiVersion != type.GroupVersion)
        {
            throw ApiErrors.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({type.GroupVersion})");
        }

        if (item["kind"]?.ToString() is var kind && kind != type.Kind)
        {
            throw type.IsCustom && kind is not null ? WrongKind(type, item, kind) : ApiErrors.BadRequest($"the kind in the data ({kind}) does not match the expected kind ({type.Kind})");
        }

        var errors = SchemaValidator.Validate(item["metadata"] ?? new JsonObject(), MetadataSchema.Value, "metadata");
        if (errors.Count > 0)
        {
            throw ApiErrors.BadRequest($"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: {errors[0].Field}: {errors[0].Message}");
        }
    }

    /// <summary>The object is in the namespace of the URL; it is put there if it names none.</summary>
    public static void CheckNamespace(ResourceType type, string space, JsonObject item)
    {
        var meta = ObjectMeta.Parse(item);
        if (!type.Namespaced)
        {
            meta.Namespace = null;
        }
        else if (meta.Namespace is { } named && named != space)
        {
            throw ApiErrors.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }
        else
        {
            meta.Namespace = space;
        }
    }

    public static void CheckName(ResourceType type, string name)
    {
        // Names of roles may hold colons; the rest follows DNS.
        var rule = type.Group == "rbac.authorization.k8s.io" ? PathSegment() : Subdomain();
        if (name.Length > 253 || !rule.IsMatch(name))
        {
            throw ApiErrors.Invalid(type, name, FieldError.Invalid("metadata.name", $"\"{name}\"", NameRule));
        }
    }

    /// <summary>The name, UID and version in a body match the stored object to be replaced.</summary>
    public static void CheckReplaces(ResourceType type, StoredObject stored, JsonObject item)
    {
        var meta = ObjectMeta.Parse(item);
        if (meta.Name is { } name && name != stored.Key.Name)
        {
            throw ApiErrors.BadRequest($"the name of the object ({name}) does not match the name on the URL ({stored.Key.Name})");
        }

        CheckPreconditions(type, stored, meta.Uid, resourceVersion: null);
        if (meta.ResourceVersion is { } version && version != VersionOf(stored))
        {
            throw ApiErrors.Modified(type, stored.Key.Name);
        }
    }

    public static void CheckPreconditions(ResourceType type, StoredObject stored, string? uid, string? resourceVersion)
    {
        if (uid is not null && uid != stored.Uid)
        {
            throw ApiErrors.Conflict(type, stored.Key.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored.Uid}");
        }

        if (resourceVersion is not null && resourceVersion != VersionOf(stored))
        {
            throw ApiErrors.Conflict(
                type,
                stored.Key.Name,
                $"Precondition failed: ResourceVersion in precondition: {resourceVersion}, ResourceVersion in object meta: {stored.Revision}");
        }
    }

    private static ApiException WrongKind(ResourceType type, JsonObject item, string kind) => ApiErrors.Invalid(
        type with { Kind = kind }, ObjectMeta.Parse(item).Name ?? "", FieldError.Invalid("kind", $"\"{kind}\"", $"must be {type.Kind}"));

    public static string VersionOf(StoredObject stored) => stored.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Subdomain();

    [GeneratedRegex("^[^/%]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PathSegment();
}
