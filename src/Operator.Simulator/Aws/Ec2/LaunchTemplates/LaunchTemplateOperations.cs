using System.Text.RegularExpressions;
using Operator.Simulator.Aws.Ec2.Tags;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.LaunchTemplates;

/// <summary>The calls on launch templates.</summary>
internal sealed partial class LaunchTemplateOperations(Ec2World world)
{
    private const int LongestToken = 128;

    [GeneratedRegex(@"^[a-zA-Z0-9().\-/_]{3,128}$", RegexOptions.None, 1000)]
    private static partial Regex ValidName { get; }

    private string CreatedBy => $"arn:aws:iam::{world.Options.AccountId}:root";

    public void Create(QueryNode request, XmlAnswer xml)
    {
        var template = world.Tokens.Once("CreateLaunchTemplate", request, LongestToken, () => Add(request));
        xml.Element("launchTemplate", () => template.Write(xml, CreatedBy));
    }

    public void Delete(QueryNode request, XmlAnswer xml)
    {
        var template = world.LaunchTemplates.Named(request);
        world.LaunchTemplates.Remove(template);
        xml.Element("launchTemplate", () => template.Write(xml, CreatedBy));
    }

    public void Describe(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames("launch-template-name", "create-time");
        var (ids, names) = (request.Texts("LaunchTemplateId"), request.Texts("LaunchTemplateName"));
        IEnumerable<LaunchTemplate> named = ids.Count + names.Count == 0
            ? world.LaunchTemplates.All
            : [.. ids.Select(world.LaunchTemplates.ById), .. names.Select(world.LaunchTemplates.ByName)];
        var page = Page.Cut(request, named.Where(template => filters.Match(name => ValuesOf(template, name))), (1, 200), 200);
        xml.List("launchTemplates", page.Items, template => template.Write(xml, CreatedBy));
        xml.Text("nextToken", page.NextToken);
    }

    public void DescribeVersions(QueryNode request, XmlAnswer xml)
    {
        var versions = request.Texts("LaunchTemplateVersion");
        var unnamed = request.Text("LaunchTemplateId") is null && request.Text("LaunchTemplateName") is null;
        if (unnamed && !versions.All(version => version is "$Latest" or "$Default"))
        {
            throw new AwsException("InvalidParameterValue", "Only $Latest and $Default can be described for all launch templates.");
        }

        var templates = unnamed ? world.LaunchTemplates.All : [world.LaunchTemplates.Named(request)];
        foreach (var (template, version) in templates.SelectMany(template => versions.Select(version => (template, version))))
        {
            LaunchTemplateStore.CheckVersion(template, version);
        }

        var page = Page.Cut(request, templates, (1, 200), 200);
        xml.List("launchTemplateVersionSet", page.Items, template => template.WriteVersion(xml, CreatedBy));
        xml.Text("nextToken", page.NextToken);
    }

    private LaunchTemplate Add(QueryNode request)
    {
        var name = request.Required("LaunchTemplateName");
        if (!ValidName.IsMatch(name))
        {
            throw new AwsException("InvalidLaunchTemplateName.MalformedException",
                "Launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _");
        }

        if (request["LaunchTemplateData"].IsEmpty)
        {
            throw new AwsException("MissingParameter", "The request must contain the parameter LaunchTemplateData");
        }

        var template = new LaunchTemplate(
            world.Ids.Resource("lt"), name, world.Now, LaunchTemplateData.Read(request["LaunchTemplateData"]))
        {
            Tags = TagRules.ReadSpecifications(request, "launch-template").GetValueOrDefault("launch-template")
                ?? new SortedDictionary<string, string>(StringComparer.Ordinal),
            VersionDescription = request.Text("VersionDescription"),
        };
        world.LaunchTemplates.Add(template);
        return template;
    }

    private static IEnumerable<string?>? ValuesOf(LaunchTemplate template, string name) => name switch
    {
        "launch-template-name" => [template.Name],
        "create-time" => [template.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")],
        _ => Filters.OfTags(name, template.Tags),
    };
}
