namespace Operator.Common;

/// <summary>Reads a complete body up to a limit.</summary>
internal static class BoundedBody
{
    private const int FirstBuffer = 32 * 1024;

    /// <summary>The body; null if it exceeds the limit.</summary>
    /// <param name="body">The stream.</param>
    /// <param name="length">The announced length, if any. Memory is allocated for what arrives, not for what is announced.</param>
    /// <param name="limit">Maximum number of bytes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<byte[]?> ReadAsync(Stream body, long? length, int limit, CancellationToken cancellationToken)
    {
        var buffer = new byte[(int)Math.Min(length ?? FirstBuffer, FirstBuffer) + 1];
        var filled = 0;
        while (true)
        {
            var read = await body.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            filled += read;
            if (filled > limit)
            {
                return null;
            }

            if (read == 0)
            {
                return buffer[..filled];
            }

            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, limit + 1L));
            }
        }
    }
}
