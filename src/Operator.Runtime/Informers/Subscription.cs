namespace Operator.Runtime.Informers;

/// <summary>Ends a subscription on disposal.</summary>
internal sealed class Subscription(Action end) : IDisposable
{
    public void Dispose() => end();
}
