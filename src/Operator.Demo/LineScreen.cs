namespace Operator.Demo;

/// <summary>For files and pipes: one line for each change.</summary>
internal sealed class LineScreen(TextWriter output) : IDemoScreen
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, string> _leases = [];
    private int _told;

    public async Task ShowAsync(Task story, Func<DemoFrame> frame)
    {
        while (!story.IsCompleted)
        {
            await WriteAsync(frame());
            await Task.WhenAny(story, Task.Delay(PollInterval, TimeProvider.System, CancellationToken.None));
        }

        await WriteAsync(frame());
    }

    private async Task WriteAsync(DemoFrame frame)
    {
        foreach (var line in frame.Told.Skip(_told))
        {
            await output.WriteLineAsync(line[0] == ' ' || _leases.Count == 0 ? line : $"\n{line}");
        }

        _told = frame.Told.Count;
        foreach (var lease in frame.Leases)
        {
            await ChangeAsync(frame, lease.Name, lease.Phase, $"{lease.Phase,-11} {Details(lease)}");
        }

        foreach (var gone in _leases.Keys.Except(frame.Leases.Select(lease => lease.Name), StringComparer.Ordinal).ToList())
        {
            await ChangeAsync(frame, gone, "Gone", "Gone");
            _leases.Remove(gone);
        }
    }

    private static string Details(LeaseRow lease)
    {
        var machine = lease.Instance.Length == 0 ? "" : $"{lease.Instance} {lease.Type} {lease.Zone} {lease.UsageClass}";
        return lease is { Phase: "Busy", Job: { } job } ? $"{machine} job {job}" : machine;
    }

    private async Task ChangeAsync(DemoFrame frame, string name, string phase, string line)
    {
        if (_leases.GetValueOrDefault(name) != phase)
        {
            _leases[name] = phase;
            await output.WriteLineAsync($"   {frame.At:HH:mm:ss} {name,-28} {line}".TrimEnd());
        }
    }
}
