using Operator.Clients.Aws;

namespace Operator.Controllers.GarbageCollection;

/// <summary>Removes what costs nothing but should not pile up: launch templates that no pool or lease uses, mail of machines that are gone.</summary>
internal sealed class LeftoverSweep(TemplateSweep templates, MailSweep mail)
{
    public async Task SweepAsync(AwsAccount account, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await templates.SweepAsync(account, now, cancellationToken);
        await mail.SweepAsync(account, cancellationToken);
    }
}
