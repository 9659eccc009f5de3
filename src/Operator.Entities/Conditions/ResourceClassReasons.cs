namespace Operator.Entities.Conditions;

/// <summary>Reasons of a class's conditions.</summary>
public static class ResourceClassReasons
{
    /// <summary>Instance types match.</summary>
    public const string Resolved = nameof(Resolved);

    /// <summary>No instance type matches.</summary>
    public const string NoInstanceTypes = nameof(NoInstanceTypes);

    /// <summary>Few instance types match.</summary>
    public const string FewTypes = nameof(FewTypes);

    /// <summary>Enough instance types match.</summary>
    public const string Flexible = nameof(Flexible);

    /// <summary>Prices are the region's own.</summary>
    public const string Current = nameof(Current);

    /// <summary>On-demand prices are those of another region.</summary>
    public const string OtherRegion = nameof(OtherRegion);

    /// <summary>The on-demand price list is old, because no newer one could be read.</summary>
    public const string OldPriceList = nameof(OldPriceList);
}
