namespace Operator.Common;

/// <summary>
/// Logs the complete message of a service if conditions show less of it (<see cref="ErrorText"/>): AWS' encoded messages and request ids
/// are useful to people. At most once an hour for equal messages, so that retries log nothing.
/// </summary>
internal sealed partial class ErrorLog(TimeProvider timeProvider, ILogger logger)
{
    private const int MostTexts = 256;

    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Call, string Text), DateTimeOffset> _logged = [];

    /// <summary>A service refused a call, or part of it.</summary>
    /// <param name="call">The call, such as <c>EC2 CreateFleet</c>.</param>
    /// <param name="text">Its message, if any.</param>
    public void Note(string call, string? text) => Note(call, text, isHidden: false);

    /// <summary>The same; a hidden message is logged as a condition would show it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="text">Its message, if any.</param>
    /// <param name="isHidden">Whether conditions never show the message, because anyone may run the host.</param>
    public void Note(string call, string? text, bool isHidden)
    {
        if (text is not null && ErrorText.Stable(text) is var stable && (isHidden || stable != text) && IsNew(call, stable))
        {
            LogText(call, isHidden ? stable : ErrorText.WithoutSecrets(text));
        }
    }

    /// <summary>An element of a list was unreadable and skipped.</summary>
    /// <param name="what">The kind of element.</param>
    /// <param name="why">Why it is unreadable; null if none was.</param>
    public void NoteSkipped(string what, string? why)
    {
        if (why is not null && IsNew(what, why))
        {
            LogSkipped(what, why);
        }
    }

    private bool IsNew(string call, string stable)
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            if (_logged.TryGetValue((call, stable), out var at) && now < at + Memory)
            {
                return false;
            }

            if (_logged.Count >= MostTexts)
            {
                _logged.Clear();
            }

            _logged[(call, stable)] = now;
            return true;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Skipped an unreadable {What} in a response: {Why}")]
    private partial void LogSkipped(string what, string why);

    [LoggerMessage(LogLevel.Information, "{Call} was refused; full text: {Text}")]
    private partial void LogText(string call, string text);
}
