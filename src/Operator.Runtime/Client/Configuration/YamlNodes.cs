using YamlDotNet.RepresentationModel;

namespace Operator.Runtime.Client.Configuration;

/// <summary>Reads YAML nodes for keys that the library's model omits.</summary>
internal static class YamlNodes
{
    public static string? Text(this YamlMappingNode? map, string key) => map.Child(key) is YamlScalarNode { Value: { Length: > 0 } value } ? value : null;

    public static YamlMappingNode? Map(this YamlMappingNode? map, string key) => map.Child(key) as YamlMappingNode;

    /// <summary>The content of the named item of a kubeconfig's list, such as of <c>users</c>.</summary>
    public static YamlMappingNode? Named(this YamlMappingNode? map, string list, string item, string? name) =>
        (map.Child(list) as YamlSequenceNode)?.OfType<YamlMappingNode>().FirstOrDefault(entry => entry.Text("name") == name).Map(item);

    private static YamlNode? Child(this YamlMappingNode? map, string key) =>
        map is not null && map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;
}
