namespace Operator.Aws.Instances;

/// <summary>What a machine's tag says when its folder of jobs could not be filled and it serves all the same: <c>cold Failed</c> or <c>cold TimedOut</c>.</summary>
internal static class WarmUpNotice
{
    /// <summary>It could not be filled.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>It was not filled in time.</summary>
    public const string TimedOut = nameof(TimedOut);

    /// <summary>Why; null for anything else: jobs may write the tag, too, and gain an event of their own lease by it.</summary>
    public static string? Parse(string? tag) => tag switch
    {
        "cold " + Failed => Failed,
        "cold " + TimedOut => TimedOut,
        _ => null,
    };
}
