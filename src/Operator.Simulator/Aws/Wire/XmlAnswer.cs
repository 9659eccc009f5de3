using System.Globalization;
using System.Text;
using System.Xml;

namespace Operator.Simulator.Aws.Wire;

/// <summary>Writes the XML of an answer the way the query protocols have it: absent values are left out, lists hold <c>item</c>s.</summary>
internal sealed class XmlAnswer : IDisposable
{
    private readonly StringBuilder _text = new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    private readonly XmlWriter _writer;

    private XmlAnswer()
    {
        _writer = XmlWriter.Create(_text, new XmlWriterSettings { OmitXmlDeclaration = true });
    }

    /// <summary>Builds a document.</summary>
    /// <param name="root">Name of the root element.</param>
    /// <param name="xmlNamespace">Namespace of all elements, or null.</param>
    /// <param name="content">Writes the content.</param>
    public static string Write(string root, string? xmlNamespace, Action<XmlAnswer> content)
    {
        using var answer = new XmlAnswer();
        answer._writer.WriteStartElement(root, xmlNamespace);
        content(answer);
        answer._writer.WriteEndElement();
        answer._writer.Flush();
        return answer._text.ToString();
    }

    public void Text(string name, string? value)
    {
        if (value is not null)
        {
            _writer.WriteStartElement(name);
            _writer.WriteString(value);
            _writer.WriteEndElement();
        }
    }

    public void Number(string name, long? value) => Text(name, value?.ToString(CultureInfo.InvariantCulture));

    public void Real(string name, double? value) => Text(name, value?.ToString("R", CultureInfo.InvariantCulture));

    public void Flag(string name, bool? value) => Text(name, value is { } flag ? (flag ? "true" : "false") : null);

    public void Time(string name, DateTimeOffset? value) =>
        Text(name, value?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    public void Element(string name, Action content)
    {
        _writer.WriteStartElement(name);
        content();
        _writer.WriteEndElement();
    }

    public void List<T>(string name, IEnumerable<T> items, Action<T> content) =>
        Element(name, () =>
        {
            foreach (var item in items)
            {
                Element("item", () => content(item));
            }
        });

    public void Texts(string name, IEnumerable<string> values) =>
        Element(name, () =>
        {
            foreach (var value in values)
            {
                Text("item", value);
            }
        });

    public void Tags(IEnumerable<KeyValuePair<string, string>> tags) =>
        List("tagSet", tags, tag =>
        {
            Text("key", tag.Key);
            Text("value", tag.Value);
        });

    public void Dispose() => _writer.Dispose();
}
