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

    /// <summary>Prices are those of the region.</summary>
    public const string Current = nameof(Current);

    /// <summary>On-demand prices are those of another region.</summary>
    public const string OtherRegion = nameof(OtherRegion);

    /// <summary>The list of on-demand prices is old, since no newer one could be had.</summary>
    public const string OldPriceList = nameof(OldPriceList);
}
