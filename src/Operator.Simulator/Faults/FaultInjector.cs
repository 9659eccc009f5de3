namespace Operator.Simulator.Faults;

/// <summary>Where in a call a fault strikes.</summary>
public enum FaultMoment
{
    /// <summary>Nothing has happened yet: the call has no effect.</summary>
    Before,

    /// <summary>The effect is there, and the answer is lost or replaced.</summary>
    After,
}

/// <summary>The effect of a fault.</summary>
public abstract record Fault
{
    /// <summary>Answers with an error of the service.</summary>
    /// <param name="StatusCode">The HTTP status.</param>
    /// <param name="Code">The service's error code (EC2's <c>Code</c>, GitHub's message, Kubernetes' reason).</param>
    /// <param name="Message">Text for people.</param>
    /// <param name="RetryAfter">Sent as <c>Retry-After</c>, if any.</param>
    public sealed record Error(int StatusCode, string Code, string Message = "injected", TimeSpan? RetryAfter = null) : Fault
    {
        /// <summary>Headers sent verbatim, by GitHub only.</summary>
        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Answers with an arbitrary response: a proxy's page, an odd body. GitHub only.</summary>
    /// <param name="StatusCode">The HTTP status.</param>
    /// <param name="Body">The body.</param>
    public sealed record Answer(int StatusCode, string Body) : Fault;

    /// <summary>Cuts the connection without an answer.</summary>
    public sealed record Cut : Fault;

    /// <summary>Delays the answer, on the simulator's clock.</summary>
    /// <param name="Duration">How much later.</param>
    public sealed record Delay(TimeSpan Duration) : Fault;

    /// <summary>Makes <c>ec2:CreateFleet</c> succeed without a machine: the answer is a 200 whose <c>errorSet</c> says why.</summary>
    /// <param name="Errors">Code and message of its rows; they are dealt out to the overrides of the request in turn.</param>
    public sealed record Rows(IReadOnlyList<(string Code, string Message)> Errors) : Fault;
}

/// <summary>
/// Injects faults into the simulated services. Calls are named <c>service:Operation</c>:
/// <c>ec2:CreateFleet</c>, <c>ssm:PutParameter</c>, <c>github:GenerateJitConfig</c>, <c>kubernetes:PATCH runnerleases/status</c>;
/// a pattern may end in <c>*</c>. Each fault is one line:
/// <code>faults.On("ec2:CreateFleet").Error(503, "RequestLimitExceeded").Times(2);</code>
/// <code>faults.On("ec2:CreateFleet").Row("RequestLimitExceeded").Times(2);</code>
/// </summary>
public sealed class FaultInjector
{
    private readonly Lock _lock = new();
    private readonly List<FaultRule> _rules = [];

    /// <summary>Begins a rule for the calls that match.</summary>
    /// <param name="call">Name of the call, or a prefix followed by <c>*</c>.</param>
    public FaultRule On(string call)
    {
        var rule = new FaultRule(call);
        lock (_lock)
        {
            _rules.Add(rule);
        }

        return rule;
    }

    /// <summary>Removes every rule.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _rules.Clear();
        }
    }

    /// <summary>The fault that applies to this call now; null for none. A rule with a count is used up by one.</summary>
    /// <param name="call">Name of the call.</param>
    /// <param name="moment">Where in the call.</param>
    public Fault? Take(string call, FaultMoment moment)
    {
        lock (_lock)
        {
            foreach (var rule in _rules)
            {
                if (rule.Take(call, moment) is { } fault)
                {
                    return fault;
                }
            }

            return null;
        }
    }
}

/// <summary>One rule of a <see cref="FaultInjector"/>: which calls, which fault, when and how often.</summary>
/// <param name="call">Name of the call, or a prefix followed by <c>*</c>.</param>
public sealed class FaultRule(string call)
{
    private Fault? _fault;
    private FaultMoment _moment = FaultMoment.Before;
    private int _skip;
    private int _left = int.MaxValue;

    /// <summary>Answers with an error of the service, without any effect.</summary>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="code">The service's error code.</param>
    /// <param name="message">Text for people.</param>
    /// <param name="retryAfter">Sent as <c>Retry-After</c>, if any.</param>
    public FaultRule Error(int statusCode, string code, string message = "injected", TimeSpan? retryAfter = null) =>
        With(new Fault.Error(statusCode, code, message, retryAfter));

    /// <summary>Adds a verbatim header to the error, such as a nonsensical <c>Retry-After</c>. GitHub only.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public FaultRule Header(string name, string value) => _fault is Fault.Error error
        ? With(error with { Headers = new Dictionary<string, string>(error.Headers, StringComparer.OrdinalIgnoreCase) { [name] = value } })
        : throw new InvalidOperationException("Only an error has headers.");

    /// <summary>Answers with an arbitrary response, without any effect. GitHub only.</summary>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="body">The verbatim body.</param>
    public FaultRule Answer(int statusCode, string body) => With(new Fault.Answer(statusCode, body));

    /// <summary>Cuts the connection before the effect.</summary>
    public FaultRule Cut() => With(new Fault.Cut());

    /// <summary>The effect happens and its answer is lost.</summary>
    public FaultRule LoseAnswer()
    {
        _moment = FaultMoment.After;
        return With(new Fault.Cut());
    }

    /// <summary>Delays the answer, on the simulator's clock.</summary>
    /// <param name="duration">How much later.</param>
    public FaultRule Delay(TimeSpan duration) => With(new Fault.Delay(duration));

    /// <summary>Makes a fleet succeed without a machine; each call adds another error row.</summary>
    /// <param name="code">EC2's error code in the row.</param>
    /// <param name="message">Text for people.</param>
    public FaultRule Row(string code, string message = "injected") =>
        With(new Fault.Rows([.. (_fault as Fault.Rows)?.Errors ?? [], (code, message)]));

    /// <summary>Strikes so many times, then never again.</summary>
    /// <param name="count">How many times.</param>
    public FaultRule Times(int count)
    {
        _left = count;
        return this;
    }

    /// <summary>Skips the first matching calls.</summary>
    /// <param name="count">How many.</param>
    public FaultRule AfterCalls(int count)
    {
        _skip = count;
        return this;
    }

    internal Fault? Take(string name, FaultMoment moment)
    {
        if (_fault is null || moment != _moment || _left == 0 || !Matches(name))
        {
            return null;
        }

        if (_skip > 0)
        {
            _skip--;
            return null;
        }

        _left--;
        return _fault;
    }

    private FaultRule With(Fault fault)
    {
        _fault = fault;
        return this;
    }

    private bool Matches(string name) =>
        call.EndsWith('*') ? name.StartsWith(call[..^1], StringComparison.Ordinal) : name == call;
}
