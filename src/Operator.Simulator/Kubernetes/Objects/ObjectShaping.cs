using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Schemas;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>Brings an object into the form in which it is stored: pruned, completed with defaults, and valid.</summary>
internal static class ObjectShaping
{
    public static void Shape(ResourceType type, JsonObject item, WriteOptions options)
    {
        if (type.Schema is { } schema)
        {
            Prune(item, schema, options);
            SchemaShaping.AddDefaults(item, schema);
            Require(type, item, SchemaValidator.Validate(item, schema, ""));
        }

        type.Complete?.Invoke(item);
        Require(type, item, type.Check?.Invoke(item) ?? []);
    }

    private static void Prune(JsonObject item, Schema schema, WriteOptions options)
    {
        var unknown = SchemaShaping.Prune(item, schema);
        if (unknown.Count == 0)
        {
            return;
        }

        if (options.FieldValidation == FieldValidation.Strict)
        {
            throw ApiErrors.BadRequest($"strict decoding error: {string.Join(", ", unknown.Select(field => $"unknown field \"{field}\""))}");
        }

        if (options.FieldValidation == FieldValidation.Warn)
        {
            options.Warnings.AddRange(unknown.Select(field => $"unknown field \"{field}\""));
        }
    }

    private static void Require(ResourceType type, JsonObject item, IReadOnlyList<FieldError> errors)
    {
        if (errors.Count > 0)
        {
            throw ApiErrors.Invalid(type, ObjectMeta.Parse(item).Name ?? "", errors);
        }
    }
}
