using System.Text;
using Operator.Runtime.Metrics;

namespace Operator.Tests.Observability;

/// <summary>The content of a scrape.</summary>
internal static class InstrumentsText
{
    public static async Task<string> TextAsync(this Instruments instruments)
    {
        using var text = new MemoryStream();
        await instruments.Registry.CollectAndExportAsTextAsync(text);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
