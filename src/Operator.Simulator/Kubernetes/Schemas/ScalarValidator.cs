using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;

namespace Operator.Simulator.Kubernetes.Schemas;

/// <summary>Checks strings and numbers against the bounds of a schema.</summary>
internal static class ScalarValidator
{
    public static void Check(JsonValue value, Schema schema, string path, List<FieldError> errors)
    {
        if (value.GetValueKind() == JsonValueKind.String)
        {
            CheckText(value.GetValue<string>(), schema, path, errors);
        }
        else if (value.TryGetValue(out decimal number))
        {
            CheckNumber(number, schema, path, errors);
        }
    }

    private static void CheckText(string text, Schema schema, string path, List<FieldError> errors)
    {
        // The API server counts characters, not UTF-16 units.
        var length = new StringInfo(text).LengthInTextElements;
        if (length < schema.Length.Least)
        {
            errors.Add(Invalid($"should be at least {schema.Length.Least} chars long"));
        }

        if (length > schema.Length.Most)
        {
            errors.Add(new FieldError(path, "FieldValueTooLong", $"Too long: may not be more than {schema.Length.Most} bytes"));
        }

        if (schema.Pattern is { } pattern && !pattern.IsMatch(text))
        {
            errors.Add(Invalid($"should match '{pattern}'"));
        }

        foreach (var rule in schema.TextRules.Where(rule => rule.Pattern.IsMatch(text) == rule.IsForbidden))
        {
            errors.Add(FieldError.Invalid(path, JsonValue.Create(text).ToJsonString(), rule.Message));
        }

        if (schema.Format == "date-time" && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            errors.Add(Invalid($"must be of type date-time: \"{text}\""));
        }

        FieldError Invalid(string why) => FieldError.Invalid(path, JsonValue.Create(text).ToJsonString(), $"{path} in body {why}");
    }

    private static void CheckNumber(decimal number, Schema schema, string path, List<FieldError> errors)
    {
        if (number < schema.Minimum || (schema.ExclusiveMinimum && number == schema.Minimum))
        {
            errors.Add(Invalid($"should be greater than {(schema.ExclusiveMinimum ? "" : "or equal to ")}{schema.Minimum}"));
        }

        if (number > schema.Maximum || (schema.ExclusiveMaximum && number == schema.Maximum))
        {
            errors.Add(Invalid($"should be less than {(schema.ExclusiveMaximum ? "" : "or equal to ")}{schema.Maximum}"));
        }

        if (schema.MultipleOf is { } unit && number % unit != 0)
        {
            errors.Add(Invalid($"should be a multiple of {unit}"));
        }

        if (schema.Format == "int32" && number is < int.MinValue or > int.MaxValue)
        {
            errors.Add(Invalid("must be of type int32"));
        }

        FieldError Invalid(string why) =>
            FieldError.Invalid(path, number.ToString(CultureInfo.InvariantCulture), $"{path} in body {why}");
    }
}
