namespace Operator.Simulator.Aws.Wire;

/// <summary>What AWS's query protocol puts around answers and errors.</summary>
/// <param name="xmlNamespace">The service's XML namespace.</param>
/// <param name="newId">The next request id.</param>
internal sealed class QueryEnvelope(string xmlNamespace, Func<string> newId)
{
    /// <summary>The answer to an operation.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="content">Writes its result.</param>
    public AwsAnswer Answer(string operation, Action<XmlAnswer> content) => AwsAnswer.Xml(
        XmlAnswer.Write($"{operation}Response", xmlNamespace, xml =>
        {
            xml.Element($"{operation}Result", () => content(xml));
            xml.Element("ResponseMetadata", () => xml.Text("RequestId", newId()));
        }));

    /// <summary>The answer to a refused call.</summary>
    public AwsAnswer Refuse(AwsException error) => AwsAnswer.Xml(
        XmlAnswer.Write("ErrorResponse", xmlNamespace, xml =>
        {
            xml.Element("Error", () =>
            {
                xml.Text("Type", (int)error.Status < 500 ? "Sender" : "Receiver");
                xml.Text("Code", error.Code);
                xml.Text("Message", error.Message);
            });
            xml.Text("RequestId", newId());
        }),
        (int)error.Status);
}
