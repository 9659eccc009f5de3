using Operator.Observability;

namespace Operator.Simulator.World;

/// <summary>
/// Sits between one operator process and everything outside it: counts its calls, and kills the process before or after a chosen one. A
/// dead process can do nothing more.
/// </summary>
public sealed class CallGate
{
    private int _calls;
    private volatile bool _dead;

    /// <summary>Kill the process at this call, counted from 1; 0 never.</summary>
    public int KillAt { get; init; }

    /// <summary>Kills the process at the first matching call, given its name as in <see cref="KilledAt"/> and its body.</summary>
    public Func<string, string, bool>? KillWhen { get; init; }

    /// <summary>Whether the call's effect still happens.</summary>
    public bool KillAfterEffect { get; init; }

    /// <summary>Called before each call, except watches.</summary>
    public Action<HttpRequestMessage> OnCall { get; init; } = _ => { };

    /// <summary>Calls so far, watches not counted.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Whether the process has been killed.</summary>
    public bool IsDead => _dead;

    /// <summary>The call at which the process was killed.</summary>
    public string? KilledAt { get; private set; }

    /// <summary>Kills the process now.</summary>
    public void Kill() => _dead = true;

    internal HttpMessageHandler Wrap(string service, HttpMessageHandler inner) => new GateHandler(this, service, inner);

    private async Task<bool> IsMeantAsync(string service, HttpRequestMessage request) =>
        KillWhen is { } isMeant
        && isMeant(await NameAsync(service, request), request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None));

    private static async Task<string> NameAsync(string service, HttpRequestMessage request) =>
        $"{service} {await ApiActions.NameAsync(service, request, CancellationToken.None)}";

    private sealed class GateHandler(CallGate gate, string service, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Query.Contains("watch=", StringComparison.Ordinal))
            {
                ThrowIfDead();
                return await base.SendAsync(request, cancellationToken);
            }

            ThrowIfDead();
            gate.OnCall(request);
            var isLast = Interlocked.Increment(ref gate._calls) == gate.KillAt || await gate.IsMeantAsync(service, request);
            if (isLast && !gate.KillAfterEffect)
            {
                await DieAsync(request);
            }

            var response = await base.SendAsync(request, cancellationToken);
            if (isLast)
            {
                await DieAsync(request);
            }

            ThrowIfDead();
            return response;
        }

        private async Task DieAsync(HttpRequestMessage request)
        {
            gate.KilledAt = await NameAsync(service, request);
            gate._dead = true;
            ThrowIfDead();
        }

        private void ThrowIfDead()
        {
            if (gate._dead)
            {
                throw new HttpRequestException("the process is dead");
            }
        }
    }
}
