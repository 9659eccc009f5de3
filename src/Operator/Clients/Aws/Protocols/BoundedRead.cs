namespace Operator.Clients.Aws.Protocols;

/// <summary>Reads what a stranger may have sent: an error document of any length.</summary>
internal static class BoundedRead
{
    public static byte[] AsBytes(Stream body, int limit)
    {
        var buffer = new byte[limit];
        var length = body.ReadAtLeast(buffer, limit, throwOnEndOfStream: false);
        return buffer[..length];
    }
}
