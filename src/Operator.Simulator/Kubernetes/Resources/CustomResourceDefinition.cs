using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Schemas;

namespace Operator.Simulator.Kubernetes.Resources;

/// <summary>
/// Turns a CustomResourceDefinition (<c>apiextensions.k8s.io/v1</c>) into a served resource. Only the storage version is
/// served: there is no conversion. Of the rules in CEL (<c>x-kubernetes-validations</c>), those that are one regular expression over a text are enforced.
/// </summary>
internal static class CustomResourceDefinition
{
    /// <summary>Keeps a definition until the last of its objects is gone.</summary>
    public const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    /// <summary>Applies the API server's defaults, and establishes the definition immediately.</summary>
    public static void Complete(JsonObject definition)
    {
        if (definition["spec"] is not JsonObject spec || spec["names"] is not JsonObject names)
        {
            return;
        }

        var meta = ObjectMeta.Parse(definition);
        var kind = names["kind"]?.ToString() ?? "";
        names["singular"] ??= kind.ToLowerInvariant();
        names["listKind"] ??= kind + "List";
        spec["conversion"] ??= new JsonObject { ["strategy"] = "None" };
        if (!meta.IsDeleting && !meta.Finalizers.Contains(Finalizer))
        {
            meta.SetFinalizers([.. meta.Finalizers, Finalizer]);
        }

        var since = meta.CreationTimestamp;
        definition["status"] = new JsonObject
        {
            ["acceptedNames"] = names.DeepClone(),
            ["storedVersions"] = new JsonArray(StorageVersion(spec)?["name"]?.ToString()),
            ["conditions"] = meta.IsDeleting
                ? new JsonArray(Condition("Terminating", "InstanceDeletionInProgress", since))
                : new JsonArray(Condition("NamesAccepted", "NoConflicts", since), Condition("Established", "InitialNamesAccepted", since)),
        };
    }

    /// <summary>Problems of a definition; empty if it can be served.</summary>
    public static IReadOnlyList<FieldError> Check(JsonObject definition)
    {
        var spec = definition["spec"];
        var plural = spec?["names"]?["plural"]?.ToString();
        var group = spec?["group"]?.ToString();
        var errors = new List<FieldError>();
        if (string.IsNullOrEmpty(spec?["names"]?["kind"]?.ToString()))
        {
            errors.Add(FieldError.Required("spec.names.kind"));
        }

        if (spec?["scope"]?.ToString() is not ("Namespaced" or "Cluster"))
        {
            errors.Add(FieldError.Required("spec.scope"));
        }

        if (ObjectMeta.Parse(definition).Name is var name && name != $"{plural}.{group}")
        {
            errors.Add(FieldError.Invalid("metadata.name", $"\"{name}\"", $"must be spec.names.plural+\".\"+spec.group"));
        }

        if (spec is not JsonObject || StorageVersion(spec) is not { } version)
        {
            errors.Add(FieldError.Invalid("spec.versions", "null", "must have exactly one version marked as storage version"));
        }
        else if (version["schema"]?["openAPIV3Schema"] is not JsonObject schema)
        {
            errors.Add(FieldError.Required("spec.versions[0].schema.openAPIV3Schema"));
        }
        else
        {
            errors.AddRange(SchemaReader.CheckStructural(schema, "spec.validation.openAPIV3Schema"));
        }

        return errors;
    }

    /// <summary>The resource that a complete and correct definition describes.</summary>
    public static ResourceType ToResourceType(JsonObject definition)
    {
        var spec = definition["spec"]!;
        var names = spec["names"]!;
        var version = StorageVersion(spec)!;
        return new ResourceType
        {
            IsCustom = true,
            Group = spec["group"]!.ToString(),
            Version = version["name"]!.ToString(),
            Kind = names["kind"]!.ToString(),
            Plural = names["plural"]!.ToString(),
            Singular = names["singular"]?.ToString() ?? "",
            ListKind = names["listKind"]?.ToString() ?? "",
            Namespaced = spec["scope"]!.ToString() == "Namespaced",
            ShortNames = Strings(names["shortNames"]),
            Categories = Strings(names["categories"]),
            HasStatus = version["subresources"]?["status"] is not null,
            Scale = version["subresources"]?["scale"] is JsonObject scale ? ReadScale(scale) : null,
            Schema = SchemaReader.Read(version["schema"]!["openAPIV3Schema"]!.AsObject()),
            PublishedSchema = version["schema"]!["openAPIV3Schema"]!.DeepClone().AsObject(),
            Columns = version["additionalPrinterColumns"] is JsonArray { Count: > 0 } columns
                ? [.. columns.OfType<JsonObject>().Select(ReadColumn)]
                : [PrinterColumn.Age],
            SelectableFields = version["selectableFields"] is JsonArray fields
                ? [.. fields.Select(field => field!["jsonPath"]!.ToString().TrimStart('.'))]
                : [],
        };
    }

    private static JsonObject? StorageVersion(JsonNode spec) =>
        (spec["versions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(version => version["storage"]?.GetValue<bool>() == true);

    private static ScaleDefinition ReadScale(JsonObject scale) => new(
        scale["specReplicasPath"]!.ToString().TrimStart('.'),
        scale["statusReplicasPath"]!.ToString().TrimStart('.'),
        scale["labelSelectorPath"]?.ToString().TrimStart('.'));

    private static PrinterColumn ReadColumn(JsonObject column) => PrinterColumn.At(
        column["name"]!.ToString(),
        column["type"]!.ToString(),
        column["jsonPath"]!.ToString(),
        column["description"]?.ToString() ?? "",
        column["priority"]?.GetValue<int>() ?? 0);

    private static List<string> Strings(JsonNode? array) =>
        (array as JsonArray)?.Select(item => item?.ToString() ?? "").ToList() ?? [];

    private static JsonObject Condition(string type, string reason, string? since) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["reason"] = reason,
        ["message"] = "",
        ["lastTransitionTime"] = since,
    };
}
