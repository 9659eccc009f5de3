namespace Operator.Simulator.Aws.Wire;

/// <summary>Generates ids in AWS' formats from a seed, so that runs are repeatable.</summary>
internal sealed class Ids(int seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);

    /// <summary>An id such as <c>i-0123456789abcdef0</c>.</summary>
    public string Resource(string prefix) => $"{prefix}-0{Hex(16)}";

    /// <summary>An id in the form of a GUID, as fleets and requests have.</summary>
    public string Uuid() => $"{Hex(8)}-{Hex(4)}-{Hex(4)}-{Hex(4)}-{Hex(12)}";

    private string Hex(int length)
    {
        lock (_lock)
        {
            return _random.GetHexString(length, lowercase: true);
        }
    }
}
