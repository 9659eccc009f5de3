namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>Runs the software of machines: the simulated hosts. Called without any lock held.</summary>
internal interface IMachineWatcher
{
    /// <summary>A machine was switched on: launched, or started again.</summary>
    void SwitchedOn(Machine machine);

    /// <summary>Its tags changed.</summary>
    void Reassigned(Machine machine);

    /// <summary>EC2 announced that it takes the machine back.</summary>
    void Noticed(Machine machine);

    /// <summary>It was switched off or is gone; nothing runs on it any more.</summary>
    void SwitchedOff(Machine machine);
}

/// <summary>An instance as the software on it sees it: user data, metadata, console and power button.</summary>
internal sealed class Machine(Ec2World world, string id)
{
    public string Id => id;

    // Before a script that cloud-init does not run, since a command does.
    private static ReadOnlySpan<byte> CommandMark => "EC2RUNNERS\n"u8;

    /// <summary>Whether a command starts its script, and not cloud-init.</summary>
    public bool IsStartedByCommand => world.Run(() => world.Instances.Get(id).Launch.Template.UserData) is { } encoded && Convert.FromBase64String(encoded).AsSpan().StartsWith(CommandMark);

    /// <summary>Whether it never gets as far as its user data.</summary>
    public bool Hangs { get; init; }

    /// <summary>Whether it goes on where it was hibernated.</summary>
    public bool IsResumed => world.Run(() => world.Instances.Get(id).IsHibernated);

    public string Region => world.Options.Region;

    /// <summary>Whether its image is of Windows.</summary>
    public bool IsWindows => world.Run(() => world.Instances.Get(id).Launch.Image.IsWindows);

    /// <summary>The script in the user data; empty for none, and null where the image's software does not understand what there is.</summary>
    public string? Script
    {
        get
        {
            var encoded = world.Run(() => world.Instances.Get(id).Launch.Template.UserData);
            var bytes = encoded is null ? [] : Convert.FromBase64String(encoded);
            bytes = bytes.AsSpan().StartsWith(CommandMark) ? bytes[CommandMark.Length..] : bytes;
            return IsWindows ? Ec2Launch.Read(bytes) : CloudInit.Read(bytes);
        }
    }

    /// <summary>Whether it reaches its metadata: without IPv4 only where the template says so.</summary>
    public bool ReachesMetadata => world.Run(() => world.Instances.Get(id).Launch is not { Subnet.IsIpv6Only: true, Template.MetadataOptions: null or { HttpProtocolIpv6: not "enabled" } });

    /// <summary>A tag from the metadata; null when it is not there, or the template does not show tags to the machine.</summary>
    public string? Tag(string key) => world.Run(() =>
    {
        var instance = world.Instances.Get(id);
        return instance.Launch.Template.MetadataOptions is { ShowsTags: true } ? instance.Tags.GetValueOrDefault(key) : null;
    });

    /// <summary>When EC2 reclaims it; null until announced.</summary>
    public DateTimeOffset? SpotNotice => world.Run(() => world.Instances.Get(id).InterruptionAt);

    /// <summary>Whether EC2 recommends to leave it.</summary>
    public bool IsRebalanceRecommended => world.Run(() => world.Instances.Get(id).IsRebalanceRecommended);

    /// <summary>Sets a tag of its own instance through EC2's API; does nothing if its role does not allow that.</summary>
    public void SetTag(string key, string value) => world.Run(() =>
    {
        if (world.Lifecycle.MayTag(id, new Dictionary<string, string> { [key] = value }))
        {
            world.Instances.Get(id).Tags[key] = value;
        }
    });

    /// <summary>Writes a line to the console.</summary>
    public void WriteConsole(string line) => world.Run(() => world.Instances.Get(id).Console.Append(line).Append('\n'));

    /// <summary>Switches itself off; what that does to the instance is up to its shutdown behavior.</summary>
    public void PowerOff() => world.Run(() => world.Lifecycle.PowerOff(world.Instances.Get(id)));
}
