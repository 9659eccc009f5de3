namespace Operator.Common;

/// <summary>
/// Logs the whole of what a service said, where conditions show less (<see cref="ErrorText"/>): AWS' encoded messages and request ids are of use to people.
/// Once an hour for each text that says something else, so that a retry logs nothing.
/// </summary>
internal sealed partial class ErrorLog(TimeProvider timeProvider, ILogger logger)
{
    private const int MostTexts = 256;

    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Call, string Text), DateTimeOffset> _logged = [];

    /// <summary>A service refused a call, or a part of it.</summary>
    /// <param name="call">What was asked, such as <c>EC2 CreateFleet</c>.</param>
    /// <param name="text">What it said, if anything.</param>
    public void Note(string call, string? text) => Note(call, text, isHidden: false);

    /// <summary>The same; of a hidden text, what a condition would show is logged.</summary>
    /// <param name="call">What was asked.</param>
    /// <param name="text">What it said, if anything.</param>
    /// <param name="isHidden">Whether no condition shows any of it, as of a host that anybody may run.</param>
    public void Note(string call, string? text, bool isHidden)
    {
        if (text is not null && ErrorText.Stable(text) is var stable && (isHidden || stable != text) && IsNew(call, stable))
        {
            LogText(call, isHidden ? stable : ErrorText.WithoutSecrets(text));
        }
    }

    /// <summary>An element of a list could not be read, and the others were taken.</summary>
    /// <param name="what">What is listed.</param>
    /// <param name="why">What of it cannot be read; null when all could.</param>
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

    [LoggerMessage(LogLevel.Warning, "A list from outside has a {What} that cannot be read ({Why}); it is skipped, the others are served")]
    private partial void LogSkipped(string what, string why);

    [LoggerMessage(LogLevel.Information, "{Call} was refused; full text: {Text}")]
    private partial void LogText(string call, string text);
}
