using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.LaunchTemplates;

/// <summary>A launch template with its only version (the simulator supports no others).</summary>
internal sealed record LaunchTemplate(string Id, string Name, DateTimeOffset CreatedAt, LaunchTemplateData Data)
{
    public required SortedDictionary<string, string> Tags { get; init; }

    public string? VersionDescription { get; init; }

    public void Write(XmlAnswer xml, string createdBy)
    {
        xml.Text("launchTemplateId", Id);
        xml.Text("launchTemplateName", Name);
        xml.Time("createTime", CreatedAt);
        xml.Text("createdBy", createdBy);
        xml.Number("defaultVersionNumber", 1);
        xml.Number("latestVersionNumber", 1);
        xml.Tags(Tags);
    }

    public void WriteVersion(XmlAnswer xml, string createdBy)
    {
        xml.Text("launchTemplateId", Id);
        xml.Text("launchTemplateName", Name);
        xml.Number("versionNumber", 1);
        xml.Text("versionDescription", VersionDescription);
        xml.Time("createTime", CreatedAt);
        xml.Text("createdBy", createdBy);
        xml.Flag("defaultVersion", true);
        xml.Element("launchTemplateData", () => Data.Write(xml));
    }
}
