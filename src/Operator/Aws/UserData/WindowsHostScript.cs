using System.Text;
using Operator.Entities.RunnerPools;

namespace Operator.Aws.UserData;

/// <summary>
/// The user data of Windows machines: the settings as PowerShell assignments, followed by <c>host.ps1</c> without its comments. EC2Launch v2
/// runs it at each boot, and reads neither compressed data nor more than 16 KiB of it: so what it is given is a few lines that unpack the rest.
/// </summary>
internal static class WindowsHostScript
{
    /// <summary>By this line such a script is known from one for bash, whose first is a shebang.</summary>
    private const string FirstLine = "# PowerShell\n";

    // A script that cannot be unpacked serves nobody and would cost money. The mark makes 5.1 read the file as UTF-8.
    private const string Unpack =
        """
        version: 1.1
        tasks:
        - task: executeScript
          inputs:
          - frequency: always
            type: powershell
            runAs: localSystem
            content: |-
              try {
              $ErrorActionPreference = 'Stop'
              $folder = Join-Path $env:ProgramData 'ec2runners'
              $file = Join-Path $folder 'host.ps1'
              $null = New-Item -ItemType Directory -Force -Path $folder
              $packed = New-Object IO.MemoryStream(, [Convert]::FromBase64String('{packed}'))
              $reader = New-Object IO.StreamReader((New-Object IO.Compression.GZipStream($packed, [IO.Compression.CompressionMode]::Decompress)))
              [IO.File]::WriteAllText($file, $reader.ReadToEnd(), (New-Object Text.UTF8Encoding($true)))
              & powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $file
              if ($LASTEXITCODE) { throw "host.ps1 ended with code $LASTEXITCODE" }
              } catch {
              "ec2runners: $_"
              & shutdown.exe /s /f /t 0
              }

        """;

    /// <summary>The last line of <c>host.ps1</c>, which starts it: what comes before may replace its functions.</summary>
    private const string Start = "if ($MyInvocation.InvocationName";

    private static readonly string Body = HostScript.Read("host.ps1");

    private static readonly string GitLabBody = Body.Insert(Body.LastIndexOf(Start, StringComparison.Ordinal), HostScript.Read("host-gitlab.ps1"));

    /// <summary>Renders the script.</summary>
    /// <param name="settings">The settings, which every operating system can express.</param>
    /// <param name="variables">The same as variables.</param>
    /// <exception cref="ArgumentException">Windows has no such setting; the message says what to do.</exception>
    public static string Render(HostSettings settings, IEnumerable<(string Name, string Value)> variables)
    {
        Check(settings);
        var text = new StringBuilder(FirstLine);
        foreach (var (name, value) in variables)
        {
            text.Append("$EC2RUNNERS_").Append(name).Append(" = ").Append(Quote(value)).Append('\n');
        }

        return text.Append(settings.GitLab is null ? Body : GitLabBody).ToString();
    }

    /// <summary>Whether user data is such a script.</summary>
    public static bool Is(string userData) => userData.StartsWith(FirstLine, StringComparison.Ordinal);

    /// <summary>What EC2Launch is given, from the compressed script.</summary>
    public static byte[] Pack(byte[] compressed) => Encoding.ASCII.GetBytes(Unpack.Replace("{packed}", Convert.ToBase64String(compressed), StringComparison.Ordinal));

    /// <summary>One PowerShell string with exactly this value. PowerShell takes typographic quotes for plain ones, so they are doubled, too.</summary>
    /// <exception cref="ArgumentException">The value contains a NUL.</exception>
    internal static string Quote(string value)
    {
        if (value.Contains('\0'))
        {
            throw new ArgumentException("A setting of the host script contains a NUL character.", nameof(value));
        }

        var text = new StringBuilder("'");
        foreach (var character in value)
        {
            text.Append(character, character is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B' ? 2 : 1);
        }

        return text.Append('\'').ToString();
    }

    private static void Check(HostSettings settings)
    {
        if (settings.Storage is not null)
        {
            throw new ArgumentException("storage is for Linux only: on Windows jobs are stored on the root volume, so leave it out, and size that with launch.volumes.", nameof(settings));
        }

        var missing = settings.HasStandardSetup ? "setup: Standard"
            : settings.Patch != RunnerPatch.None ? "patch"
            : settings.Logs is not null ? "logs"
            : settings.HoldOnFailure is not null ? "holdOnFailure"
            : settings.Container is not null ? "container"
            : settings.HasSecrets ? "secretRefs"
            : settings.WarmUp is not null ? "warmUp"
            : settings.Network is { HasProxy: true } ? "proxy"
            : settings.Network is not null ? "caBundle"
            : null;
        if (missing is not null)
        {
            throw new ArgumentException($"{missing} is for Linux only, and the pool's ResourceClass is for Windows; leave it out.", nameof(settings));
        }

        if (settings.GitLab is { IsPrivileged: true })
        {
            throw new ArgumentException("gitlab.docker.privileged: Windows has no privileged containers; leave it out.", nameof(settings));
        }

        if (settings is { GitLab.Executor: not (null or GitLabHost.Shell), IsMetadataBlocked: true })
        {
            throw new ArgumentException("metadata: Blocked holds for an account, and on Windows not for containers; leave it out, or set gitlab.executor to Shell.", nameof(settings));
        }

        if (settings.User.Length > 20)
        {
            throw new ArgumentException("user: Windows allows at most 20 characters; choose a shorter name.", nameof(settings));
        }

        if (settings.WorkFolder.StartsWith('/'))
        {
            throw new ArgumentException("workFolder must be below the runner's folder on Windows.", nameof(settings));
        }
    }
}
