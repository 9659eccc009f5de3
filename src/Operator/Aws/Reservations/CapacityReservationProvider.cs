using Amazon.EC2;
using Operator.Aws.Clients;

namespace Operator.Aws.Reservations;

/// <summary>
/// Knows an account's capacity reservations. All of them are read at once: an id that is not among them does not exist, where a question by ids would fail as a whole for one
/// that is wrong.
/// </summary>
internal sealed class CapacityReservationProvider(IAwsClientFactory clients, TimeProvider timeProvider)
{
    private const int PageSize = 1000;

    private readonly ExpiringCache<AwsAccount, ReservationList> _cache = new(timeProvider);

    // Every launch of a pool asks: one that is refused must not bring a call for each.
    private readonly ExpiringMap<AwsAccount, ProviderException> _refusals = new(CacheDurations.Reservations, timeProvider);

    /// <summary>The reservations of an account and those that are shared with it, by id; cached as <see cref="CacheDurations.Reservations"/> says.</summary>
    /// <param name="account">Where and as whom.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">AWS did not answer, now or moments ago.</exception>
    public Task<ReservationList> ListAsync(AwsAccount account, CancellationToken cancellationToken) => _refusals.TryGet(account, out var refusal)
        ? Task.FromException<ReservationList>(new ProviderException(refusal.Reason, refusal.Message, refusal.InnerException) { RetryAfter = refusal.RetryAfter })
        : _cache.GetAsync(account, CacheDurations.Reservations, token => LoadAsync(account, token), cancellationToken);

    /// <summary>The region whose reservations they are, for messages.</summary>
    /// <param name="account">Where and as whom.</param>
    public string RegionOf(AwsAccount account) => clients.RegionOf(account);

    private async Task<ReservationList> LoadAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var asOf = timeProvider.GetUtcNow();
        try
        {
            var found = await Pages.AllAsync(
                token => clients.Ec2(account).DescribeCapacityReservationsAsync(new() { MaxResults = PageSize, NextToken = token }, cancellationToken),
                page => page.CapacityReservations,
                page => page.NextToken);
            return new(asOf, [.. found.Select(Of).OrderBy(reservation => reservation.Id, StringComparer.Ordinal)]);
        }
        catch (AwsException e)
        {
            var refusal = AwsFailures.Translate(e, "DescribeCapacityReservations");
            _refusals.Set(account, refusal);
            throw refusal;
        }
    }

    private static CapacityReservation Of(Amazon.EC2.Model.CapacityReservation described) => new(
        described.CapacityReservationId ?? "",
        described.InstanceType ?? "",
        described.AvailabilityZone ?? "",
        described.State?.Value ?? "",
        described.AvailableInstanceCount ?? 0,
        described.TotalInstanceCount ?? 0)
    {
        Platform = described.InstancePlatform?.Value ?? Platforms.Linux,
        Tenancy = described.Tenancy?.Value ?? "default",
        PlacementGroup = described.PlacementGroupArn?.Split('/')[^1],
        IsOnOutpost = !string.IsNullOrEmpty(described.OutpostArn),
        IsInterruptible = described.Interruptible == true,
        IsBlock = described.ReservationType == CapacityReservationType.CapacityBlock,
        EndsAt = described.EndDate is { } end ? new DateTimeOffset(end.ToUniversalTime()) : null,
        Tags = (described.Tags ?? []).Where(tag => tag.Key is not null).DistinctBy(tag => tag.Key).ToDictionary(tag => tag.Key, tag => tag.Value ?? "", StringComparer.Ordinal),
    };
}
