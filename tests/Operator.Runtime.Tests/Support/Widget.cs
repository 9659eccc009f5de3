using System.Text.Json.Serialization;

namespace Operator.Runtime.Tests.Support;

/// <summary>A kind for tests.</summary>
[KubernetesEntity(Group = "tests.example.com", Kind = "Widget", PluralName = "widgets")]
public sealed class Widget : CustomKubernetesEntity<WidgetSpec, WidgetStatus>
{
    internal static Widget Create(string name, long version, string? color = null) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "ns", ResourceVersion = version.ToString(), Uid = $"uid-{name}" },
        Spec = new() { Color = color },
    };

    internal static string Json(string name, long version, string color = "red") =>
        $$"""{"metadata":{"name":"{{name}}","namespace":"ns","uid":"uid-{{name}}","resourceVersion":"{{version}}","managedFields":[{"manager":"m"}]},"spec":{"color":"{{color}}","size":1} }""";

    internal static string MalformedJson(string name, long version) =>
        $$"""{"metadata":{"name":"{{name}}","namespace":"ns","uid":"uid-{{name}}","resourceVersion":"{{version}}"},"spec":{"size":"very"} }""";

    internal static NamespacedName Key(string name) => new("ns", name);
}

public sealed class WidgetSpec
{
    public string? Color { get; set; }

    public int? Size { get; set; }
}

public sealed class WidgetStatus
{
    public string? Phase { get; set; }

    public DateTimeOffset? SeenAt { get; set; }

    public List<V1Condition>? Conditions { get; set; }
}

/// <summary>A cluster-scoped kind for tests.</summary>
[KubernetesEntity(Group = "tests.example.com", ApiVersion = "v1beta1", Kind = "Shelf", PluralName = "shelves", Namespaced = false)]
public sealed class Shelf : CustomKubernetesEntity<WidgetSpec, WidgetStatus>;

[JsonSerializable(typeof(Widget))]
[JsonSerializable(typeof(Shelf))]
internal sealed partial class WidgetJsonContext : JsonSerializerContext;
