using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Resources;

namespace Operator.Simulator.Kubernetes.Errors;

/// <summary>A problem with a field of an object, in the API server's format.</summary>
/// <param name="Field">Its path, such as <c>spec.size</c>.</param>
/// <param name="Reason">The cause's reason, such as <c>FieldValueInvalid</c>.</param>
/// <param name="Message">Text for people.</param>
internal sealed record FieldError(string Field, string Reason, string Message)
{
    public static FieldError Required(string field) => new(field, "FieldValueRequired", "Required value");

    public static FieldError Invalid(string field, string value, string why) =>
        new(field, "FieldValueInvalid", $"Invalid value: {value}: {why}");

    public static FieldError Forbidden(string field, string why) => new(field, "FieldValueForbidden", $"Forbidden: {why}");

    public static FieldError Duplicate(string field, string value) =>
        new(field, "FieldValueDuplicate", $"Duplicate value: {value}");
}

/// <summary>The refusals of the API server, with its own words, reasons and status codes.</summary>
internal static class ApiErrors
{
    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException PathNotFound() => new(404, "NotFound", "the server could not find the requested resource");

    public static ApiException NotFound(ResourceType type, string name) =>
        new(404, "NotFound", $"{type.QualifiedName} \"{name}\" not found") { Details = About(type, name) };

    public static ApiException AlreadyExists(ResourceType type, string name) =>
        new(409, "AlreadyExists", $"{type.QualifiedName} \"{name}\" already exists") { Details = About(type, name) };

    public static ApiException Conflict(ResourceType type, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {type.QualifiedName} \"{name}\": {why}") { Details = About(type, name) };

    public static ApiException Modified(ResourceType type, string name) =>
        Conflict(type, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static ApiException UnsupportedMediaType(string? contentType) =>
        new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - {contentType}");

    public static ApiException Expired(string message, string? continueWith = null) =>
        new(410, "Expired", message) { Continue = continueWith };

    public static ApiException Unprocessable(string message) => new(422, "Invalid", message);

    public static ApiException Invalid(ResourceType type, string name, params IReadOnlyList<FieldError> errors)
    {
        var kind = type.Group.Length == 0 ? type.Kind : $"{type.Kind}.{type.Group}";
        var texts = errors.Select(error => $"{error.Field}: {error.Message}").ToList();
        var text = texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        var details = About(type, name);
        details["kind"] = type.Kind;
        details["causes"] = Causes(errors);
        return new ApiException(422, "Invalid", $"{kind} \"{name}\" is invalid: {text}") { Details = details };
    }

    /// <summary>Server-side apply met fields of other managers.</summary>
    public static ApiException ApplyConflict(IReadOnlyList<FieldError> conflicts)
    {
        var texts = string.Join(", ", conflicts.Select(conflict => $"{conflict.Message}: {conflict.Field}"));
        var noun = conflicts.Count == 1 ? "conflict" : "conflicts";
        return new ApiException(409, "Conflict", $"Apply failed with {conflicts.Count} {noun}: {texts}")
        {
            Details = new JsonObject { ["causes"] = Causes(conflicts) },
        };
    }

    public static ApiException NamespaceTerminating(ResourceType type, string name, string space) =>
        new(403, "Forbidden", $"{type.QualifiedName} \"{name}\" is forbidden: unable to create new content in namespace {space} because it is being terminated")
        {
            Details = About(type, name, new JsonArray(Cause(
                new FieldError("metadata.namespace", "NamespaceTerminating", $"namespace {space} is being terminated")))),
        };

    public static ApiException VersionTooLarge(long asked, long current) =>
        new(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
            Details = new JsonObject
            {
                ["causes"] = new JsonArray(new JsonObject
                {
                    ["reason"] = "ResourceVersionTooLarge",
                    ["message"] = "Too large resource version",
                }),
            },
        };

    private static JsonObject About(ResourceType type, string name, JsonArray? causes = null)
    {
        var details = new JsonObject { ["name"] = name, ["kind"] = type.Plural };
        if (type.Group.Length > 0)
        {
            details["group"] = type.Group;
        }

        if (causes is not null)
        {
            details["causes"] = causes;
        }

        return details;
    }

    private static JsonArray Causes(IEnumerable<FieldError> errors) => new([.. errors.Select(Cause)]);

    private static JsonNode Cause(FieldError error) =>
        new JsonObject { ["reason"] = error.Reason, ["message"] = error.Message, ["field"] = error.Field };
}
