using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws.Clients;
using Operator.Entities.Conditions;

namespace Operator.Aws.Images;

/// <summary>Resolves the machine image of a spec.</summary>
internal sealed class ImageProvider(IAwsClientFactory clients, TimeProvider timeProvider)
{
    private const int PageSize = 1000;

    private readonly ExpiringCache<(AwsAccount Account, string ImageId), Image> _byId = new(timeProvider);
    private readonly ExpiringCache<(AwsAccount Account, string Parameter), string> _byParameter = new(timeProvider);
    private readonly ExpiringCache<(AwsAccount Account, ImageQuery.Selector Selector, string Architecture), Image> _bySelector = new(timeProvider);

    /// <summary>Resolves a query to one image, cached according to <see cref="CacheDurations"/>.</summary>
    /// <param name="account">Region and role.</param>
    /// <param name="query">Which image.</param>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">None matches, or AWS did not answer.</exception>
    public async Task<ResolvedImage> ResolveAsync(
        AwsAccount account, ImageQuery query, string architecture, CancellationToken cancellationToken)
    {
        var image = query switch
        {
            ImageQuery.Id byId => await ByIdAsync(account, byId.ImageId, cancellationToken),
            ImageQuery.SsmParameter parameter => await ByIdAsync(
                account, await ImageIdOfAsync(account, parameter.Name, cancellationToken), cancellationToken),
            ImageQuery.Selector selector => await _bySelector.GetAsync(
                (account, selector, architecture),
                CacheDurations.ImageBySelector,
                token => NewestAsync(account, selector, architecture, token),
                cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(query)),
        };
        return Resolve(image, architecture);
    }

    /// <summary>Drops the account's cached images after one turned out to be gone.</summary>
    /// <param name="account">The account.</param>
    public void Forget(AwsAccount account)
    {
        _byId.Forget(key => key.Account == account);
        _byParameter.Forget(key => key.Account == account);
        _bySelector.Forget(key => key.Account == account);
    }

    private static ResolvedImage Resolve(Image image, string architecture)
    {
        if (ArchitectureNames.FromEc2(image.Architecture) != architecture)
        {
            throw new ImageNotFoundException(
                $"image {image.ImageId} is made for {image.Architecture}, and machines of {architecture} are wanted; name one for {architecture} in spec.launch.image or "
                + "spec.launch.images, or change the architecture of the class",
                reason: RunnerLeaseReasons.ArchitectureMismatch);
        }

        if (image.EnaSupport == false)
        {
            throw new ImageNotFoundException(
                $"image {image.ImageId} has no driver of ENA, EC2's network, without which no current instance type starts; build it anew with one, or change spec.launch.image");
        }

        var root = image.BlockDeviceMappings.FirstOrDefault(device => device.DeviceName == image.RootDeviceName);
        return new ResolvedImage(
            image.ImageId!, architecture, image.RootDeviceName ?? "/dev/xvda", image.Name ?? "", root?.Ebs?.VolumeSize ?? 0)
        {
            Platform = image.PlatformDetails ?? Platforms.Linux,
            Devices = [.. image.BlockDeviceMappings.Where(device => device is { DeviceName: not null, Ebs: not null })
                .Select(device => new ImageDevice(device.DeviceName!, device.Ebs!.VolumeSize ?? 0))],
        };
    }

    private Task<Image> ByIdAsync(AwsAccount account, string imageId, CancellationToken cancellationToken) =>
        _byId.GetAsync((account, imageId), CacheDurations.ImageById, token => FindAsync(account, imageId, token), cancellationToken);

    private async Task<Image> FindAsync(AwsAccount account, string imageId, CancellationToken cancellationToken)
    {
        try
        {
            var found = await clients.Ec2(account).DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [imageId] }, cancellationToken);
            return found.Images.FirstOrDefault(image => image.State is null || image.State == ImageState.Available) ?? throw Missing(account, imageId);
        }
        catch (AwsException e) when (e.IsNotFound || e.IsMalformed)
        {
            throw Missing(account, imageId, e);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeImages");
        }
    }

    private Task<string> ImageIdOfAsync(AwsAccount account, string parameter, CancellationToken cancellationToken) => _byParameter.GetAsync(
        (account, parameter), CacheDurations.ImageByParameter, token => ReadAsync(account, parameter, token), cancellationToken);

    private async Task<string> ReadAsync(AwsAccount account, string parameter, CancellationToken cancellationToken)
    {
        try
        {
            var found = await clients.Ssm(account).GetParameterAsync(new GetParameterRequest { Name = parameter }, cancellationToken);
            return found.Parameter?.Value is { } value && value.StartsWith("ami-", StringComparison.Ordinal)
                ? value
                : throw new ImageNotFoundException($"the value of the SSM parameter {parameter} is not an image id (ami-…); use a parameter that contains one in spec.launch.image");
        }
        catch (AwsException e) when (e.IsParameterNotFound)
        {
            throw new ImageNotFoundException($"there is no SSM parameter {parameter} in {clients.RegionOf(account)}; check spec.launch.image and the region", e);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "GetParameter");
        }
    }

    private async Task<Image> NewestAsync(
        AwsAccount account, ImageQuery.Selector selector, string architecture, CancellationToken cancellationToken)
    {
        try
        {
            var images = await Pages.AllAsync(
                token => clients.Ec2(account).DescribeImagesAsync(Request(selector, architecture, token), cancellationToken),
                page => page.Images,
                page => page.NextToken);
            return images.OrderBy(image => image.CreationDate, StringComparer.Ordinal).ThenBy(image => image.ImageId, StringComparer.Ordinal).LastOrDefault()
                ?? throw new ImageNotFoundException(
                    $"no available {architecture} image in {clients.RegionOf(account)} has {selector}; build or share one, or change spec.launch.image");
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeImages");
        }
    }

    private static DescribeImagesRequest Request(ImageQuery.Selector selector, string architecture, string? token) => new()
    {
        Owners = selector.Owners.Count > 0 ? [.. selector.Owners] : ["self"],
        Filters =
        [
            new Filter("state", ["available"]),
            new Filter("architecture", [ArchitectureNames.ToEc2(architecture)]),
            .. selector.Name is null ? Array.Empty<Filter>() : [new Filter("name", [selector.Name])],
            .. TagFilters.Create(selector.Tags),
        ],
        MaxResults = PageSize,
        NextToken = token,
    };

    private ImageNotFoundException Missing(AwsAccount account, string imageId, Exception? cause = null) =>
        new($"there is no available image {imageId} in {clients.RegionOf(account)}; check spec.launch.image, the region, and whether it is shared with this account", cause);
}
