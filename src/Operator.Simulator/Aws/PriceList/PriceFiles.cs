using System.Globalization;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Aws.Ec2.InstanceTypes;

namespace Operator.Simulator.Aws.PriceList;

/// <summary>
/// AWS' public price list of the region: index and table, with the real layout and also rows that the operator does not need. Unsigned.
/// </summary>
/// <param name="options">How it behaves.</param>
public sealed class PriceFiles(SimulatedAwsOptions options)
{
    private const string Root = "/offers/v1.0/aws/AmazonEC2/";
    private const string Header = "SKU,OfferTermCode,RateCode,TermType,PriceDescription,EffectiveDate,StartingRange,EndingRange,Unit,PricePerUnit,Currency,Product Family,"
        + "serviceCode,Location,Location Type,Instance Type,Current Generation,vCPU,Tenancy,Operating System,License Model,CapacityStatus,Pre Installed S/W,operation,MarketOption,Region Code";

    /// <summary>The current version; a different one means a new list.</summary>
    public string Version { get; set; } = "20260820123456";

    /// <summary>On-demand prices as a multiple of those of us-east-1.</summary>
    public decimal Factor { get; set; } = 1.2m;

    /// <summary>Whether the table ends in the middle of a line.</summary>
    public bool IsTruncated { get; set; }

    /// <summary>How often the table was read.</summary>
    public int Reads { get; private set; }

    /// <summary>How often the index was read.</summary>
    public int Looks { get; private set; }

    /// <summary>Whether a request is for one of the files.</summary>
    internal static bool Has(PathString path) => path.StartsWithSegments("/offers", StringComparison.Ordinal);

    internal async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (path == Root + "current/region_index.json")
        {
            Looks++;
            await context.Response.WriteAsync(
                $$"""{"formatVersion":"v1.0","regions":{"{{options.Region}}":{"regionCode":"{{options.Region}}","currentVersionUrl":"{{Root}}{{Version}}/{{options.Region}}/index.json"} } }""",
                context.RequestAborted);
        }
        else if (path == $"{Root}{Version}/{options.Region}/index.csv")
        {
            Reads++;
            await WriteAsync(context);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden; // like S3 for missing objects
        }
    }

    private async Task WriteAsync(HttpContext context)
    {
        string[] head =
        [
            "\"FormatVersion\",\"v1.0\"", "\"Disclaimer\",\"Prices are simulated, and \"\"as is\"\".\"",
            $"\"Publication Date\",\"{Version[..4]}-{Version[4..6]}-{Version[6..8]}T12:34:56Z\"", $"\"Version\",\"{Version}\"", "\"OfferCode\",\"AmazonEC2\"",
            string.Join(',', Header.Split(',').Select(Quoted)), "",
        ];
        await context.Response.WriteAsync(string.Join('\n', head), context.RequestAborted);
        foreach (var type in InstanceTypeCatalogue.All.Values)
        {
            var price = type.OnDemandPrice * Factor;
            await context.Response.WriteAsync(string.Concat(RowsOf(type, price)), context.RequestAborted);
        }

        if (IsTruncated)
        {
            await context.Response.WriteAsync("\"SKU\",\"x\",\"y\",\"OnDemand\",\"Compute Instance", context.RequestAborted);
        }
    }

    private IEnumerable<string> RowsOf(InstanceType type, decimal price)
    {
        yield return Row(type, price * 0.6m, termType: "Reserved");
        yield return Row(type, price * 2, system: "Windows");
        yield return Row(type, 0, capacity: "AllocatedCapacityReservation");
        yield return Row(type, price / 2, capacity: "UnusedCapacityReservation");
        yield return Row(type, price / 3, software: "SQL Std");
        yield return Row(type, price / 4, place: "AWS Local Zone");
        yield return Row(type, price / 5, tenancy: "Host");
        yield return Row(type, price, tenancy: type.IsBareMetal ? "Dedicated" : "Shared");
    }

    private string Row(
        InstanceType type, decimal price, string termType = "OnDemand", string system = "Linux", string capacity = "Used", string software = "NA", string place = "AWS Region",
        string tenancy = "Shared") => string.Join(',', ((string[])
    [
        $"SKU{type.Name}", "JRTCKXETXF", "rate", termType, $"${price} per On Demand {system} {type.Name}, by the hour", "2026-08-01", "0", "Inf", "Hrs",
        price.ToString("0.0000000000", CultureInfo.InvariantCulture), "USD", type.IsBareMetal ? "Compute Instance (bare metal)" : "Compute Instance", "AmazonEC2", options.Region,
        place, type.Name, type.IsCurrentGeneration ? "Yes" : "No", type.VCpus.ToString(CultureInfo.InvariantCulture), tenancy, system, "No License required", capacity, software,
        "RunInstances", "OnDemand", options.Region,
    ]).Select(Quoted)) + "\n";

    private static string Quoted(string text) => $"\"{text}\"";
}
