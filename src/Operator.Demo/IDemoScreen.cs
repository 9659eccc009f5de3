namespace Operator.Demo;

/// <summary>Where the demo is watched.</summary>
internal interface IDemoScreen
{
    /// <summary>Shows a story until it ends, well or badly; its failure is the caller's to see.</summary>
    /// <param name="story">The story under way.</param>
    /// <param name="frame">What there is to see now.</param>
    Task ShowAsync(Task story, Func<DemoFrame> frame);
}
