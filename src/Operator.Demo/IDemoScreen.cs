namespace Operator.Demo;

/// <summary>Displays the demo.</summary>
internal interface IDemoScreen
{
    /// <summary>Displays a story until it completes; the caller handles its failure.</summary>
    /// <param name="story">The running story.</param>
    /// <param name="frame">The current frame.</param>
    Task ShowAsync(Task story, Func<DemoFrame> frame);
}
