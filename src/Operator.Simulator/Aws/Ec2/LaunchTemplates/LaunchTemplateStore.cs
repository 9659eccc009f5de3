using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.LaunchTemplates;

/// <summary>The launch templates of the region.</summary>
internal sealed class LaunchTemplateStore
{
    private readonly SortedDictionary<string, LaunchTemplate> _byName = new(StringComparer.Ordinal);

    public IReadOnlyCollection<LaunchTemplate> All => _byName.Values;

    public void Add(LaunchTemplate template)
    {
        if (!_byName.TryAdd(template.Name, template))
        {
            throw new AwsException("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
        }
    }

    public void Remove(LaunchTemplate template) => _byName.Remove(template.Name);

    public LaunchTemplate ById(string id)
    {
        if (!id.StartsWith("lt-", StringComparison.Ordinal))
        {
            throw new AwsException("InvalidLaunchTemplateId.Malformed", $"Invalid id: \"{id}\" (expecting \"lt-...\")");
        }

        return All.FirstOrDefault(template => template.Id == id) ?? throw new AwsException(
            "InvalidLaunchTemplateId.NotFound", $"The specified launch template, with template ID {id}, does not exist.");
    }

    public LaunchTemplate ByName(string name) => _byName.GetValueOrDefault(name) ?? throw new AwsException(
        "InvalidLaunchTemplateName.NotFoundException", $"The specified launch template, with template name {name}, does not exist.");

    /// <summary>The template that a request identifies by either its id or its name.</summary>
    public LaunchTemplate Named(QueryNode node) => (node.Text("LaunchTemplateId"), node.Text("LaunchTemplateName")) switch
    {
        ({ } id, null) => ById(id),
        (null, { } name) => ByName(name),
        (null, null) => throw new AwsException(
            "MissingParameter", "Either a launch template ID or a launch template name must be specified in the request."),
        _ => throw new AwsException(
            "InvalidParameterCombination", "A request may not contain both launch template ID and launch template name."),
    };

    /// <summary>Refuses a version that a template does not have.</summary>
    public static void CheckVersion(LaunchTemplate template, string version)
    {
        if (version is not ("$Latest" or "$Default" or "1"))
        {
            throw new AwsException("InvalidLaunchTemplateId.VersionNotFound",
                $"Could not find the specified version {version} for the launch template with ID {template.Id}.");
        }
    }
}
