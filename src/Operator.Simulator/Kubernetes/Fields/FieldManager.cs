namespace Operator.Simulator.Kubernetes.Fields;

/// <summary>A field manager: the name and operation under which fields are owned.</summary>
/// <param name="Name">The request's <c>fieldManager</c>, or the start of the user agent.</param>
/// <param name="Operation"><c>Apply</c> or <c>Update</c>.</param>
/// <param name="ApiVersion">The version that the fields are written in.</param>
/// <param name="Subresource">The subresource that is written through, or empty.</param>
internal sealed record FieldManager(string Name, string Operation, string ApiVersion, string Subresource)
{
    public const string Apply = "Apply";

    public const string Update = "Update";

    /// <summary>As the API server names a manager in a conflict.</summary>
    public string Describe() => Operation == Apply ? $"\"{Name}\"" : $"\"{Name}\"{Through} using {ApiVersion}";

    private string Through => Subresource.Length == 0 ? "" : $" with subresource \"{Subresource}\"";
}
