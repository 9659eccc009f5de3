using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Tags;

/// <summary>The calls on tags, of instances and launch templates.</summary>
internal sealed class TagOperations(Ec2World world)
{
    public void Create(QueryNode request, XmlAnswer xml)
    {
        var tags = TagRules.Read(request);
        if (tags.Count == 0)
        {
            throw new AwsException("MissingParameter", "The request must contain the parameter tags");
        }

        var resources = Resources(request);
        foreach (var resource in resources)
        {
            TagRules.CheckCount(resource.Tags.Keys.Union(tags.Keys));
            if (resource.ShowsTags)
            {
                TagRules.CheckMetadataKeys(tags.Keys);
            }
        }

        foreach (var resource in resources)
        {
            foreach (var (key, value) in tags)
            {
                resource.Tags[key] = value;
            }

            resource.Changed();
        }

        xml.Flag("return", true);
    }

    /// <summary>A tag with a value is removed only if the value matches; without tags, all except system tags are removed.</summary>
    public void Delete(QueryNode request, XmlAnswer xml)
    {
        foreach (var resource in Resources(request))
        {
            foreach (var (key, value) in resource.Tags.ToList())
            {
                if (IsNamed(request.Items("Tag"), key, value))
                {
                    resource.Tags.Remove(key);
                }
            }

            resource.Changed();
        }

        xml.Flag("return", true);
    }

    public void Describe(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames("key", "value", "resource-id", "resource-type");
        var tags = world.Instances.Visible
            .SelectMany(instance => instance.Tags.Select(tag => (Id: instance.Id, ResourceType: "instance", tag.Key, tag.Value)))
            .Concat(world.LaunchTemplates.All.SelectMany(template =>
                template.Tags.Select(tag => (template.Id, ResourceType: "launch-template", tag.Key, tag.Value))))
            .Where(tag => filters.Match(name => name switch
            {
                "key" => [tag.Key],
                "value" => [tag.Value],
                "resource-id" => [tag.Id],
                "resource-type" => [tag.ResourceType],
                _ => [name == $"tag:{tag.Key}" ? tag.Value : null],
            }));
        var page = Page.Cut(request, tags, (5, 1000), 1000);
        xml.List("tagSet", page.Items, tag =>
        {
            xml.Text("resourceId", tag.Id);
            xml.Text("resourceType", tag.ResourceType);
            xml.Text("key", tag.Key);
            xml.Text("value", tag.Value);
        });
        xml.Text("nextToken", page.NextToken);
    }

    private static bool IsNamed(IReadOnlyList<QueryNode> named, string key, string value) => named.Count == 0
        ? !key.StartsWith("aws:", StringComparison.Ordinal)
        : named.Any(tag => tag.Text("Key") == key && (tag["Value"].Value is null || tag["Value"].Value == value));

    private List<Taggable> Resources(QueryNode request)
    {
        var ids = request.Texts("ResourceId");
        if (ids.Count == 0)
        {
            throw new AwsException("MissingParameter", "The request must contain the parameter resourceIdSet");
        }

        return [.. ids.Select(Resource)];
    }

    private Taggable Resource(string id)
    {
        if (id.StartsWith("lt-", StringComparison.Ordinal))
        {
            return new Taggable(world.LaunchTemplates.ById(id).Tags, ShowsTags: false, () => { });
        }

        if (!id.StartsWith("i-", StringComparison.Ordinal))
        {
            throw new AwsException("InvalidID", $"The ID '{id}' is not valid");
        }

        var instance = world.Instances.Named([id])[0];
        var showsTags = instance.Launch.Template.MetadataOptions is { ShowsTags: true };
        return new Taggable(instance.Tags, showsTags, () => world.Lifecycle.Reassigned(instance));
    }

    private sealed record Taggable(SortedDictionary<string, string> Tags, bool ShowsTags, Action Changed);
}
