using System.Reflection;
using System.Text.Json.Nodes;
using Operator.Entities.Kubernetes;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;

namespace Operator.Entities.Schema;

/// <summary>Writes the CustomResourceDefinitions of the kinds from their C# types, the attributes on them and their documentation.</summary>
public static class CrdGenerator
{
    private const string Header = "# Written by `operator crds` from the types in src/Operator.Entities: change those, not this file.\n";

    private static readonly Type[] Kinds = [typeof(V1Alpha1ResourceClass), typeof(V1Alpha1RunnerLease), typeof(V1Alpha1RunnerLeaseSet), typeof(V1Alpha1RunnerPool)];

    /// <summary>The definitions as YAML by file name; deterministic.</summary>
    /// <exception cref="InvalidOperationException">A property lacks its documentation or a bound.</exception>
    public static IReadOnlyDictionary<string, string> Generate()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (entity, definition) in Define())
        {
            files[$"{entity.Group}_{entity.PluralName}.yaml"] = Header + YamlWriter.Write(definition);
        }

        return files;
    }

    /// <summary>The definitions by their names, such as <c>runnerpools.ec2runners.dev</c>.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Definitions() => new SortedDictionary<string, JsonObject>(
        Define().ToDictionary(pair => $"{pair.Entity.PluralName}.{pair.Entity.Group}", pair => pair.Definition), StringComparer.Ordinal);

    private static IEnumerable<(KubernetesEntityAttribute Entity, JsonObject Definition)> Define()
    {
        var schemas = new SchemaBuilder(EntitiesJsonContext.Default, XmlDocumentation.OfEntities());
        foreach (var kind in Kinds)
        {
            var entity = kind.GetCustomAttribute<KubernetesEntityAttribute>()!;
            yield return (entity, DefinitionOf(kind, entity, schemas));
        }
    }

    private static JsonObject DefinitionOf(Type kind, KubernetesEntityAttribute entity, SchemaBuilder schemas) => new()
    {
        ["apiVersion"] = "apiextensions.k8s.io/v1",
        ["kind"] = "CustomResourceDefinition",
        ["metadata"] = new JsonObject { ["name"] = $"{entity.PluralName}.{entity.Group}" },
        ["spec"] = new JsonObject
        {
            ["group"] = entity.Group,
            ["scope"] = entity.Namespaced ? "Namespaced" : "Cluster",
            ["names"] = NamesOf(kind, entity),
            ["versions"] = new JsonArray(VersionOf(kind, entity, schemas)),
        },
    };

    private static JsonObject NamesOf(Type kind, KubernetesEntityAttribute entity) => new()
    {
        ["kind"] = entity.Kind,
        ["listKind"] = entity.Kind + "List",
        ["plural"] = entity.PluralName,
        ["singular"] = entity.Kind.ToLowerInvariant(),
        ["shortNames"] = Texts(kind.GetCustomAttribute<KubernetesEntityShortNamesAttribute>()?.ShortNames ?? []),
        ["categories"] = Texts(kind.GetCustomAttributes<EntityCategoryAttribute>().Select(category => category.Category)),
    };

    private static JsonObject VersionOf(Type kind, KubernetesEntityAttribute entity, SchemaBuilder schemas)
    {
        var version = new JsonObject
        {
            ["name"] = entity.ApiVersion,
            ["served"] = true,
            ["storage"] = true,
            ["additionalPrinterColumns"] = new JsonArray(
                [.. kind.GetCustomAttributes<GenericAdditionalPrinterColumnAttribute>().Select(ColumnOf)]),
        };
        if (kind.GetCustomAttributes<SelectableFieldAttribute>().ToList() is { Count: > 0 } fields)
        {
            version["selectableFields"] = new JsonArray([.. fields.Select(field => new JsonObject { ["jsonPath"] = field.JsonPath })]);
        }

        version["subresources"] = SubresourcesOf(kind);
        version["schema"] = new JsonObject { ["openAPIV3Schema"] = schemas.OfKind(kind) };
        return version;
    }

    private static JsonObject ColumnOf(GenericAdditionalPrinterColumnAttribute column)
    {
        var node = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
        if (column.Priority > 0)
        {
            node["priority"] = column.Priority;
        }

        return node;
    }

    private static JsonObject SubresourcesOf(Type kind)
    {
        var node = new JsonObject { ["status"] = new JsonObject() };
        if (kind.GetCustomAttribute<ScaleSubresourceAttribute>() is { } scale)
        {
            node["scale"] = new JsonObject
            {
                ["specReplicasPath"] = scale.SpecReplicasPath,
                ["statusReplicasPath"] = scale.StatusReplicasPath,
                ["labelSelectorPath"] = scale.LabelSelectorPath,
            };
        }

        return node;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
