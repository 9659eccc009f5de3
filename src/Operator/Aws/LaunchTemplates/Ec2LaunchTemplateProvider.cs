using System.Collections.Concurrent;
using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.LaunchTemplates;

/// <summary>Launch templates in EC2, cached: a converged pool makes no calls.</summary>
internal sealed class Ec2LaunchTemplateProvider(IAwsClientFactory clients, ClusterIdentity cluster) : ILaunchTemplateProvider
{
    private readonly ConcurrentDictionary<(AwsAccount Account, string Name), LaunchTemplateRef> _known = new();

    // Ids of templates whose version to launch is gone, until they are deleted.
    private readonly ConcurrentDictionary<string, bool> _broken = new(StringComparer.Ordinal);

    public async Task<LaunchTemplateRef> EnsureAsync(
        AwsAccount account, PoolIdentity pool, LaunchTemplateContent content, IReadOnlySet<string> recorded, CancellationToken cancellationToken)
    {
        var hash = content.Hash();
        var name = LaunchTemplateRequests.NameOf(cluster.Id, pool.Uid, hash);
        if (_known.TryGetValue((account, name), out var known))
        {
            return known;
        }

        try
        {
            var template = await CreateOrFindAsync(account, pool, LaunchTemplateRequests.Create(name, cluster.Id, pool, content), recorded, cancellationToken);
            return _known[(account, name)] = new(template.LaunchTemplateId, name, "1", hash);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "CreateLaunchTemplate");
        }
    }

    public async Task<IReadOnlyList<OwnedTemplate>> ListAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var templates = new List<OwnedTemplate>();
        string? nextToken = null;
        do
        {
            try
            {
                var page = await clients.Ec2(account).DescribeLaunchTemplatesAsync(
                    new DescribeLaunchTemplatesRequest
                    {
                        Filters = [new Filter { Name = $"tag:{Tags.Cluster}", Values = [cluster.Id] }],
                        MaxResults = 200,
                        NextToken = nextToken,
                    },
                    cancellationToken);
                templates.AddRange(page.LaunchTemplates.Select(template => new OwnedTemplate(
                    template.LaunchTemplateId ?? "",
                    template.LaunchTemplateName ?? "",
                    template.Tags.FirstOrDefault(tag => tag.Key == Tags.PoolUid)?.Value,
                    template.CreateTime ?? DateTimeOffset.MinValue)));
                nextToken = page.NextToken;
            }
            catch (AwsException e)
            {
                throw AwsFailures.Translate(e, "DescribeLaunchTemplates");
            }
        }
        while (!string.IsNullOrEmpty(nextToken));
        return templates;
    }

    public async Task DeleteAsync(AwsAccount account, string id, CancellationToken cancellationToken)
    {
        try
        {
            await clients.Ec2(account).DeleteLaunchTemplateAsync(
                new DeleteLaunchTemplateRequest { LaunchTemplateId = id }, cancellationToken);
        }
        catch (AwsException e) when (e.IsLaunchTemplateNotFound)
        {
            // Already deleted.
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DeleteLaunchTemplate");
        }

        Forget(id);
        _broken.TryRemove(id, out _);
    }

    public void Forget(string id)
    {
        foreach (var key in _known.Where(pair => pair.Value.Id == id).Select(pair => pair.Key).ToList())
        {
            _known.TryRemove(key, out _);
        }
    }

    public void Replace(string id)
    {
        _broken[id] = true;
        Forget(id);
    }

    // Create first: the name is usually new. Anyone who may tag can create a template that looks like ours; only recorded ones are known to
    // have this content.
    private async Task<LaunchTemplate> CreateOrFindAsync(
        AwsAccount account, PoolIdentity pool, CreateLaunchTemplateRequest request, IReadOnlySet<string> recorded, CancellationToken cancellationToken)
    {
        try
        {
            return await CreateAsync(account, request, cancellationToken);
        }
        catch (AwsException e) when (e.IsLaunchTemplateAlreadyExists)
        {
            var answer = await clients.Ec2(account).DescribeLaunchTemplatesAsync(
                new DescribeLaunchTemplatesRequest { LaunchTemplateNames = [request.LaunchTemplateName!] }, cancellationToken);
            var found = Named(answer.LaunchTemplates.FirstOrDefault());
            if (!IsOwn(found, pool))
            {
                throw new ProviderException(
                    "LaunchTemplateForeign",
                    $"the launch template {request.LaunchTemplateName} ({found.LaunchTemplateId}) is not the operator's: it lacks the tags {Tags.Cluster} and {Tags.PoolUid}; delete it")
                {
                    RetryAfter = AwsFailures.AfterRepair,
                };
            }

            if (recorded.Contains(found.LaunchTemplateId) && !_broken.ContainsKey(found.LaunchTemplateId))
            {
                return found;
            }

            await DeleteAsync(account, found.LaunchTemplateId, cancellationToken);
            return await CreateAsync(account, request, cancellationToken);
        }
    }

    private async Task<LaunchTemplate> CreateAsync(AwsAccount account, CreateLaunchTemplateRequest request, CancellationToken cancellationToken) =>
        Named((await clients.Ec2(account).CreateLaunchTemplateAsync(request, cancellationToken)).LaunchTemplate);

    private bool IsOwn(LaunchTemplate template, PoolIdentity pool) =>
        template.Tags.Exists(tag => tag.Key == Tags.Cluster && tag.Value == cluster.Id) && template.Tags.Exists(tag => tag.Key == Tags.PoolUid && tag.Value == pool.Uid);

    private static LaunchTemplate Named(LaunchTemplate? template) => template?.LaunchTemplateId is not null
        ? template
        : throw new AwsException(Ec2Client.ServiceId, AwsErrors.InvalidResponse, "the answer names no launch template");
}
