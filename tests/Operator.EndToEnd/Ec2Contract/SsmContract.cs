using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws.Clients;

namespace Operator.EndToEnd.Ec2Contract;

/// <summary>Parameters of Systems Manager.</summary>
public abstract class SsmContract(Uri endpoint) : AwsContract(endpoint)
{
    private string Name => $"/{Unique}/mailbox/i-1";

    [Ec2ContractFact]
    public async Task Command_Sent_IsFoundByItsComment_AndEnds()
    {
        await CreateTemplateAsync();
        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));

        var sent = await SendAsync(id);

        Assert.NotEmpty(sent.CommandId!);
        Assert.Equal(sent.CommandId, Assert.Single((await Ssm.ListCommandsAsync(new() { InstanceId = id }, None)).Commands, command => command.Comment == Unique).CommandId);
        await Eventually.IsTrueAsync(
            async () =>
            {
                try
                {
                    var invocation = await Ssm.GetCommandInvocationAsync(new() { CommandId = sent.CommandId, InstanceId = id }, None);
                    return invocation.InstanceId == id && invocation.Status!.Value is "Success" or "InProgress" or "Pending";
                }
                catch (AwsException e) when (e.IsInvocationNotVisible)
                {
                    return false;
                }
            },
            "the command on the machine");
    }

    [Ec2ContractFact(MotoDiffers = "moto knows no agents, and takes commands for every machine")]
    public async Task Command_AgentNotOnline_IsRefused()
    {
        const string Unknown = "i-0123456789abcdef0";
        var refused = await Assert.ThrowsAsync<AwsException>(() => SendAsync(Unknown));
        Assert.True(refused.IsAgentNotOnline, refused.Code);
        Assert.Empty((await Ssm.DescribeInstanceInformationAsync(new() { Filters = [new() { Key = "InstanceIds", Values = [Unknown] }] }, None)).InstanceInformationList);
        await CreateTemplateAsync();
        var id = Assert.Single(await LaunchAsync(await FleetRequestAsync(1)));
        var agent = Assert.Single((await Ssm.DescribeInstanceInformationAsync(new() { Filters = [new() { Key = "InstanceIds", Values = [id] }] }, None)).InstanceInformationList);
        Assert.Equal((id, "Online"), (agent.InstanceId, agent.PingStatus!.Value));
    }

    private async Task<Command> SendAsync(string id) => (await Ssm.SendCommandAsync(
        new()
        {
            InstanceIds = [id],
            DocumentName = "AWS-RunShellScript",
            Comment = Unique,
            TimeoutSeconds = 120,
            Parameters = new() { ["commands"] = ["true"], ["executionTimeout"] = ["172800"] },
        },
        None)).Command!;

    [Ec2ContractFact]
    public async Task Parameter_Written_IsReadAndDeleted()
    {
        var written = await PutAsync(Name, "secret");

        var read = (await Ssm.GetParameterAsync(new() { Name = Name, WithDecryption = true }, None)).Parameter!;
        await Ssm.DeleteParameterAsync(new() { Name = Name }, None);

        Assert.Equal(1, written.Version);
        Assert.Equal((Name, "secret", "SecureString", 1L), (read.Name, read.Value, read.Type.Value, read.Version));
        Assert.Equal(DateTimeKind.Utc, read.LastModifiedDate!.Value.Kind);
        var gone = await Assert.ThrowsAsync<AwsException>(() => Ssm.GetParameterAsync(new() { Name = Name }, None));
        Assert.True(gone.IsParameterNotFound, gone.Code);
    }

    [Ec2ContractFact]
    public async Task Parameter_NotDecrypted_DoesNotShowItsValue()
    {
        await PutAsync(Name, "secret");

        var read = (await Ssm.GetParameterAsync(new() { Name = Name, WithDecryption = false }, None)).Parameter!;
        await Ssm.DeleteParameterAsync(new() { Name = Name }, None);

        Assert.NotEqual("secret", read.Value);
    }

    [Ec2ContractFact]
    public async Task Parameter_WrittenAgain_MustSaySo()
    {
        await PutAsync(Name, "1");
        var taken = await Assert.ThrowsAsync<AwsException>(() => PutAsync(Name, "2"));

        var second = await Ssm.PutParameterAsync(new() { Name = Name, Value = "2", Type = "SecureString", Overwrite = true }, None);
        var read = (await Ssm.GetParameterAsync(new() { Name = Name, WithDecryption = true }, None)).Parameter!;
        await Ssm.DeleteParameterAsync(new() { Name = Name }, None);

        Assert.True(taken.IsParameterAlreadyExists, taken.Code);
        Assert.Equal(2, second.Version);
        Assert.Equal(("2", 2L), (read.Value, read.Version));
    }

    [Ec2ContractFact]
    public async Task Parameter_TagsWithOverwrite_AreRefused()
    {
        await PutAsync(Name, "1");

        var failure = await Assert.ThrowsAsync<AwsException>(() => Ssm.PutParameterAsync(
            new() { Name = Name, Value = "2", Type = "SecureString", Overwrite = true, Tags = [new() { Key = "InstanceId", Value = "i-1" }] }, None));
        await Ssm.DeleteParameterAsync(new() { Name = Name }, None);

        Assert.Equal("ValidationException", failure.Code);
    }

    [Ec2ContractFact]
    public async Task Parameter_DeleteUnknown_IsNotFound()
    {
        var failure = await Assert.ThrowsAsync<AwsException>(() => Ssm.DeleteParameterAsync(new() { Name = Name }, None));

        Assert.True(failure.IsParameterNotFound, failure.Code);
    }

    [Ec2ContractFact]
    public async Task ParametersByPath_ManyPages_AreAllFound()
    {
        var names = Enumerable.Range(1, 12).Select(number => $"/{Unique}/mailbox/i-{number:00}").ToList();
        foreach (var name in names)
        {
            await PutAsync(name, "v");
        }

        var found = await Pages.AllAsync(
            token => Ssm.GetParametersByPathAsync(new() { Path = $"/{Unique}", Recursive = true, MaxResults = 10, NextToken = token }, None),
            page => page.Parameters,
            page => page.NextToken);
        foreach (var name in names)
        {
            await Ssm.DeleteParameterAsync(new() { Name = name }, None);
        }

        Assert.Equal(names, found.Select(parameter => parameter.Name!).Order(StringComparer.Ordinal));
    }

    private Task<PutParameterResponse> PutAsync(string name, string value) => Ssm.PutParameterAsync(
        new() { Name = name, Value = value, Type = "SecureString", Tags = [new() { Key = "InstanceId", Value = "i-1" }] }, None);
}
