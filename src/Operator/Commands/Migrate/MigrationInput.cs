using System.Globalization;
using Operator.Hosting;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Operator.Commands.Migrate;

/// <summary>Settings of another tool, which remembers what was read of them: the rest has no equivalent here, and is named.</summary>
internal sealed class MigrationInput
{
    private const int MostCharacters = 1024 * 1024;

    private readonly YamlMappingNode _root;
    private readonly HashSet<YamlNode> _read = new(ReferenceEqualityComparer.Instance);

    public MigrationInput(YamlMappingNode root) => _root = root;

    /// <summary>Reads a document.</summary>
    /// <param name="text">YAML.</param>
    /// <exception cref="CommandException">It is no YAML, or too long.</exception>
    public static YamlNode Parse(string text)
    {
        if (text.Length > MostCharacters)
        {
            throw new CommandException("the file has more than a million characters: it is no file of settings");
        }

        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents is [{ RootNode: var root }] ? root : throw new CommandException("the file must hold one YAML document");
        }
        catch (YamlException e)
        {
            throw new CommandException($"the file is not YAML: line {e.Start.Line}: {e.Message}");
        }
    }

    /// <summary>A text, number or Boolean; null where there is none. It counts as read.</summary>
    public string? Text(params ReadOnlySpan<string> path) => Find(path) is YamlScalarNode { Value: { Length: > 0 } value } node && Take(node) && value is not ("null" or "~") ? value : null;

    /// <summary>A whole number; null where there is none.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public int? Number(params ReadOnlySpan<string> path) => Text(path) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new CommandException($"{string.Join('.', path)}: '{text}' is not a whole number");

    /// <summary>The texts of a list, or the words of a text; empty where there is none.</summary>
    public IReadOnlyList<string> Words(params ReadOnlySpan<string> path) => Find(path) switch
    {
        YamlSequenceNode list => [.. list.OfType<YamlScalarNode>().Where(Take).Select(item => item.Value ?? "").Where(item => item.Length > 0)],
        YamlScalarNode { Value: { } text } node when Take(node) => text.Split([' ', ',', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries),
        _ => [],
    };

    /// <summary>The members of an object with texts, in order; empty where there are none.</summary>
    public IReadOnlyList<(string Key, string Value)> Members(params ReadOnlySpan<string> path) => Find(path) is YamlMappingNode map
        ? [.. map.Children.Where(child => child.Value is YamlScalarNode && Take(child.Value)).Select(child => (NameOf(child.Key), ((YamlScalarNode)child.Value).Value ?? ""))]
        : [];

    /// <summary>The names of an object's members; empty where it is none.</summary>
    public IReadOnlyList<string> Names(params ReadOnlySpan<string> path) => Find(path) is YamlMappingNode map ? [.. map.Children.Keys.Select(NameOf)] : [];

    /// <summary>What the items of a list are called in paths: their names, or else their numbers from 0.</summary>
    public IReadOnlyList<string> Labels(params ReadOnlySpan<string> path) => Find(path) is YamlSequenceNode list ? [.. list.Children.Select(Label)] : [];

    /// <summary>A text that does not count as read.</summary>
    public string? Peek(params ReadOnlySpan<string> path) => (Find(path) as YamlScalarNode)?.Value;

    /// <summary>The paths of what was not read; what is empty says nothing.</summary>
    public IEnumerable<string> Rest() => Rest(_root, "");

    private IEnumerable<string> Rest(YamlNode node, string path) => node switch
    {
        _ when _read.Contains(node) => [],
        YamlMappingNode map => map.Children.SelectMany(child => Rest(child.Value, path.Length == 0 ? NameOf(child.Key) : $"{path}.{NameOf(child.Key)}")),
        YamlSequenceNode list => list.Children.SelectMany((item, index) => Rest(item, $"{path}[{Label(item, index)}]")),
        YamlScalarNode { Value: null or "" or "null" or "~" } => [],
        _ => [path],
    };

    // Lists of named things are told apart by their names.
    private YamlNode? Find(ReadOnlySpan<string> path)
    {
        YamlNode? node = _root;
        foreach (var name in path)
        {
            node = node switch
            {
                YamlMappingNode map => map.Children.FirstOrDefault(child => NameOf(child.Key) == name).Value,
                YamlSequenceNode list => list.Children.Where((item, index) => Label(item, index) == name).FirstOrDefault(),
                _ => null,
            };
        }

        return node;
    }

    private bool Take(YamlNode node)
    {
        _read.Add(node);
        return true;
    }

    private static string Label(YamlNode item, int index) =>
        item is YamlMappingNode map && map.Children.FirstOrDefault(child => NameOf(child.Key) == "name").Value is YamlScalarNode { Value: { Length: > 0 } name } ? name
        : index.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(YamlNode key) => (key as YamlScalarNode)?.Value ?? "";
}
