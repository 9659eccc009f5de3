namespace Operator.LeaseApi;

/// <summary>Options of the lease API.</summary>
internal sealed record LeaseApiOptions
{
    /// <summary>Its address as workflows know it, such as <c>https://leases.example.com</c>: the audience that tokens must be for, exactly. Empty where it is off.</summary>
    public string Audience { get; init; } = "";

    /// <summary>Requests that one repository may make at once, before it is slowed down to one every <see cref="RefillEvery"/>.</summary>
    public int Burst { get; init; } = 30;

    /// <summary>After which time it may make another one.</summary>
    public TimeSpan RefillEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Requests of one repository that may wait at a time.</summary>
    public int WaitsPerRepository { get; init; } = 20;

    /// <summary>Requests that may wait at a time on this replica.</summary>
    public int Waits { get; init; } = 2000;

    /// <summary>The longest wait of one request.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(120);
}
