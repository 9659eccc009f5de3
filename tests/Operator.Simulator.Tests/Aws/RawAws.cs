using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Time;

namespace Operator.Simulator.Tests.Aws;

/// <summary>A simulated region on a clock that the test drives, and plain HTTP to talk to it.</summary>
internal sealed class RawAws : IAsyncDisposable
{
    public const string Amd64Image = "ami-0a000000000000001";
    public const string Arm64Image = "ami-0a000000000000002";

    private const string Authorization =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/ec2/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123456789abcdef";

    private readonly HttpClient _http = new();

    private RawAws(ManualTimeProvider time, SimulatedAwsOptions options)
    {
        Time = time;
        Aws = new SimulatedAws(time, options);
    }

    public ManualTimeProvider Time { get; }

    public SimulatedAws Aws { get; }

    public string[] Subnets { get; private set; } = [];

    public static async Task<RawAws> StartAsync(SimulatedAwsOptions? options = null)
    {
        var raw = new RawAws(new ManualTimeProvider(), options ?? new SimulatedAwsOptions());
        await raw.Aws.StartAsync();
        raw.Subnets = [.. raw.Aws.Ec2.Network.Subnets.Select(subnet => subnet.Id)];
        return raw;
    }

    public void Advance(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>An EC2 call that must succeed.</summary>
    public async Task<XElement> Ec2Async(string action, params (string Name, string Value)[] parameters)
    {
        var (status, body) = await SendAsync(action, "2016-11-15", parameters);
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        return body;
    }

    /// <summary>An EC2 call that must fail; its error code.</summary>
    public async Task<string> Ec2ErrorAsync(string action, params (string Name, string Value)[] parameters)
    {
        var (status, body) = await SendAsync(action, "2016-11-15", parameters);
        Assert.NotEqual(HttpStatusCode.OK, status);
        return Assert.Single(body.All("Code")).Value;
    }

    public async Task<(HttpStatusCode Status, XElement Body)> SendAsync(
        string action, string version, (string Name, string Value)[] parameters, string? authorization = Authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Aws.Url);
        request.Content = new FormUrlEncodedContent(
            [new("Action", action), new("Version", version), .. parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))]);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await _http.SendAsync(request);
        return (response.StatusCode, XElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    public async Task<JsonElement> SsmAsync(string operation, object body)
    {
        var (status, answer) = await SsmSendAsync(operation, body);
        Assert.True(status == HttpStatusCode.OK, answer.ToString());
        return answer;
    }

    public async Task<string> SsmErrorAsync(string operation, object body)
    {
        var (status, answer) = await SsmSendAsync(operation, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        return answer.GetProperty("__type").GetString()!;
    }

    /// <summary>A launch template; extra parameters are below <c>LaunchTemplateData</c>.</summary>
    public async Task<string> TemplateAsync(params (string Name, string Value)[] data)
    {
        (string Name, string Value)[] usual =
            [("LaunchTemplateData.ImageId", Amd64Image), ("LaunchTemplateData.InstanceInitiatedShutdownBehavior", "terminate")];
        var answer = await Ec2Async(
            "CreateLaunchTemplate",
            [("LaunchTemplateName", $"template-{Aws.LaunchTemplates.Count}"), .. usual.ExceptBy(data.Select(One), One), .. data]);
        return answer.Text("launchTemplateId");

        static string One((string Name, string Value) parameter) => parameter.Name;
    }

    /// <summary>The parameters of an instant fleet of so many, from one row for each (type, subnet).</summary>
    public static (string Name, string Value)[] Fleet(
        string template, int count, string usageClass, IEnumerable<(string Type, string Subnet)> rows, params (string Name, string Value)[] more)
    {
        const string Configuration = "LaunchTemplateConfigs.1";
        return
        [
            ("Type", "instant"),
            ("TargetCapacitySpecification.TotalTargetCapacity", count.ToString()),
            ("TargetCapacitySpecification.DefaultTargetCapacityType", usageClass),
            ($"{Configuration}.LaunchTemplateSpecification.LaunchTemplateId", template),
            ($"{Configuration}.LaunchTemplateSpecification.Version", "$Latest"),
            .. rows.SelectMany((row, index) => new[]
            {
                ($"{Configuration}.Overrides.{index + 1}.InstanceType", row.Type),
                ($"{Configuration}.Overrides.{index + 1}.SubnetId", row.Subnet),
            }),
            .. more,
        ];
    }

    /// <summary>Launches instances and waits until calls can see them.</summary>
    public async Task<string[]> LaunchAsync(int count = 1, string usageClass = "on-demand", params (string Name, string Value)[] data)
    {
        var answer = await Ec2Async("CreateFleet", Fleet(await TemplateAsync(data), count, usageClass, [("m5.large", Subnets[0])]));
        Assert.Empty(answer.All("errorCode"));
        Advance(Aws.Options.VisibilityDelay.TotalSeconds);
        return Ids(answer);
    }

    public static string[] Ids(XElement fleet) =>
        [.. fleet.All("instanceIds").Elements().Select(item => item.Value)];

    public async Task<XElement> DescribeOneAsync(string id) => await Ec2Async("DescribeInstances", ("InstanceId.1", id));

    public InstanceState StateOf(string id) => Aws.Instance(id).State;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Aws.DisposeAsync();
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SsmSendAsync(string operation, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Aws.Url);
        request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/x-amz-json-1.1");
        request.Headers.TryAddWithoutValidation("Authorization", Authorization);
        request.Headers.Add("X-Amz-Target", $"AmazonSSM.{operation}");
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}

internal static class XmlReading
{
    /// <summary>All elements of a name, whatever their namespace.</summary>
    public static IEnumerable<XElement> All(this XElement xml, string name) => xml.Descendants().Where(element => element.Name.LocalName == name);

    public static string Text(this XElement xml, string name) => xml.All(name).First().Value;
}
