using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Operator.Entities.Schema;

/// <summary>The summaries from the compiler's documentation file, as plain text for <c>kubectl explain</c>.</summary>
internal sealed partial class XmlDocumentation(XDocument document)
{
    private readonly Dictionary<string, string> _summaries = document.Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToDictionary(member => member.Attribute("name")!.Value, member => PlainText(member.Element("summary")!));

    /// <summary>Reads the documentation of this assembly.</summary>
    /// <exception cref="InvalidOperationException">The file is missing next to the program.</exception>
    public static XmlDocumentation OfEntities()
    {
        var file = Path.Combine(AppContext.BaseDirectory, typeof(XmlDocumentation).Assembly.GetName().Name + ".xml");
        return File.Exists(file)
            ? new(XDocument.Load(file))
            : throw new InvalidOperationException($"{file} is missing: it is built and published with the program, and holds the descriptions");
    }

    public string OfType(Type type) => Find("T:" + NameOf(type));

    public string OfProperty(MemberInfo property) => Find($"P:{NameOf(property.DeclaringType!)}.{property.Name}");

    public string OfField(Type type, string name) => Find($"F:{NameOf(type)}.{name}");

    private string Find(string id) =>
        _summaries.TryGetValue(id, out var text) ? text : throw new InvalidOperationException($"{id} has no summary");

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static string PlainText(XElement summary)
    {
        var text = string.Concat(summary.Nodes().Select(node => node switch
        {
            XElement element when element.Attribute("cref") is { } reference => $"`{WireNameOf(reference.Value)}`",
            XElement element => $"`{element.Value}`",
            _ => node.ToString(SaveOptions.DisableFormatting).Replace("&lt;", "<").Replace("&gt;", ">").Replace("&amp;", "&"),
        }));
        return Blanks().Replace(text, " ").Trim();
    }

    private static string WireNameOf(string reference)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return reference.StartsWith("P:", StringComparison.Ordinal) ? JsonNamingPolicy.CamelCase.ConvertName(name) : name;
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blanks();
}
