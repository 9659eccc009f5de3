namespace Operator.Runtime.Metrics;

/// <summary>
/// Says by which labels an instrument's measurements are told apart, as a tag of the instrument itself: the reference of metrics is
/// made from it. An exporter leaves this tag out.
/// </summary>
public static class Labelled
{
    /// <summary>The tag's key.</summary>
    public const string Key = "labels";

    /// <summary>The tag for an instrument.</summary>
    /// <param name="names">The labels' names.</param>
    public static IEnumerable<KeyValuePair<string, object?>> By(params string[] names) => [new(Key, string.Join(' ', names))];
}
