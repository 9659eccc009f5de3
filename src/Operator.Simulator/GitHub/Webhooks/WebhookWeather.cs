namespace Operator.Simulator.GitHub.Webhooks;

/// <summary>
/// What befalls deliveries on their way; chances are from 0 to 1, and the luck comes from the seed of the simulated GitHub.
/// <code>github.Webhooks.Weather = new() { Loss = 0.5, Duplication = 0.1 };</code>
/// </summary>
public sealed record WebhookWeather
{
    /// <summary>Every delivery arrives once and in order.</summary>
    public static readonly WebhookWeather Fair = new();

    /// <summary>The delivery fails: it is in the list of deliveries and may be redelivered.</summary>
    public double Loss { get; init; }

    /// <summary>The delivery is never created and appears in no list.</summary>
    public double Vanishing { get; init; }

    /// <summary>It arrives twice.</summary>
    public double Duplication { get; init; }

    /// <summary>It is delayed, so that later ones overtake it.</summary>
    public double Reordering { get; init; }

    /// <summary>How long it is held back at most.</summary>
    public TimeSpan HoldBack { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An earlier delivery arrives again after it.</summary>
    public double Replay { get; init; }
}
