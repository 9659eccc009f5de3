namespace Operator.Demand;

/// <summary>How a door stands.</summary>
/// <param name="IsOpen">Whether GitHub tells of jobs; null while that is being found out.</param>
/// <param name="Reason">One word for programs.</param>
/// <param name="Message">What to do, for people.</param>
internal sealed record DoorState(bool? IsOpen, string Reason, string Message)
{
    public static readonly DoorState Opening = new(IsOpen: null, "Opening", "the operator is connecting to GitHub");
}
