# What a Windows machine does from boot to power-off: the counterpart of host.sh, with the same contract. The operator renders the
# settings ($EC2RUNNERS_*) above this text. For Windows PowerShell 5.1, in ASCII, with nothing but what Windows Server has.
# Two rules: a secret is never a process argument (task managers show those), and every failure ends in power-off.
# What only Windows can do is in functions of its own, which tests on other systems replace.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
# A progress bar slows downloads down.
$ProgressPreference = 'SilentlyContinue'
# PowerShell 5.1 may offer only older versions, whatever the system can.
[Net.ServicePointManager]::SecurityProtocol = 'Tls12'

$imds = 'http://169.254.169.254'
$imdsIpv6 = 'http://[fd00:ec2::254]'
$ssmEndpoint = ''
$ec2Endpoint = ''
# Times are milliseconds.
$tick = 2000
$slowPoll = 30000
$wokenPoll = 300000
$linger = 60000
$retry = 1000
$ageMargin = 3600000
# Of a script that succeeded and wants Windows to be restarted, as installers say it.
$rebootCode = 3010

$user = $EC2RUNNERS_USER
$token = ''; $wakeUp = ''; $served = $false; $spot = $false; $advised = $false; $awaited = $false; $complaint = ''
$status = 0; $body = ''; $id = ''; $region = ''; $now = [long]0; $born = [long]0; $runner = $false; $unsaid = @()
$action = ''; $jit = ''; $afterwards = ''; $next = ''; $limit = ''; $script = ''; $prepared = ''; $runtime = [long]0
$config = ''; $name = ''; $registration = ''; $configured = ''; $started = ''
$commandAt = [long]0; $leaveBy = [long]0; $failures = 0
$age = [long]$EC2RUNNERS_MAX_AGE_SECONDS * 1000 + $ageMargin

$runnerFolder = 'actions-runner'
$runnerProgram = 'bin\Runner.Listener.exe'
function Set-Root($Root) {
  $script:state = Join-Path $Root 'ProgramData\ec2runners'
  $script:job = Join-Path $state 'job'
  $script:dir = Join-Path $Root $runnerFolder
  $script:listener = Join-Path $dir $runnerProgram
  # The schema has slashes in paths.
  $script:work = Join-Path $dir $EC2RUNNERS_WORK_FOLDER
}
Set-Root "$env:SystemDrive\"

# ---- Windows ----

# GetConsoleOutput shows the serial port. EC2Launch holds it while it works, so lines that it refuses are kept for the next one.
function Write-Serial($Lines) {
  $port = New-Object IO.Ports.SerialPort('COM1', 115200)
  $port.WriteTimeout = 1000
  try {
    $port.Open()
    foreach ($line in $Lines) { $port.WriteLine($line) }
  } finally { $port.Dispose() }
}

# A second shutdown is refused until the first is cancelled.
function Invoke-Shutdown($Seconds) { & cmd.exe /d /c "shutdown.exe /a >nul 2>nul & shutdown.exe /s /f /t $Seconds >nul 2>nul" }

function Invoke-Reboot { & cmd.exe /d /c 'shutdown.exe /a >nul 2>nul & shutdown.exe /r /f /t 0 >nul 2>nul' }

# From the machine's start, unlike the time of day, which jumps when the clock is set.
function Get-Clock { [long]([Diagnostics.Stopwatch]::GetTimestamp() / ([Diagnostics.Stopwatch]::Frequency / 1000.0)) }

# No time limit, and the priority of ordinary programs, which tasks do not have.
function Register-Task($Task, $Role, $Account) {
  $command = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$(Join-Path $state 'host.ps1')`" $Role"
  $options = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -Priority 4 -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
  # The highest rights are those that the account has anyway; without, administrators would get none of theirs.
  Register-ScheduledTask -TaskName $Task -Action $command -Settings $options -RunLevel Highest -Force @Account | Out-Null
}

function Start-Watchdog { Start-ScheduledTask -TaskName 'ec2runners-watchdog' }

# A task takes a moment until it counts as running.
function Start-RunnerTask {
  Start-ScheduledTask -TaskName 'ec2runners-runner'
  foreach ($attempt in 1..50) {
    if (Test-Runner) { return }
    Start-Sleep -Milliseconds 100
  }
}

# Queued or running. By COM, since the cmdlet takes a tenth of a second of the processor.
function Test-Runner {
  if (-not (Test-Path -LiteralPath (Join-Path $state 'serving'))) { return $false }
  $service = New-Object -ComObject 'Schedule.Service'
  $service.Connect()
  $service.GetFolder('\').GetTask('ec2runners-runner').State -in 2, 4
}

function Test-Worker { [bool]@(Get-Process -Name 'Runner.Worker' -ErrorAction SilentlyContinue) }

# The account is for jobs alone, so all of its processes are theirs.
function Get-RunnerProcess { Get-Process -IncludeUserName -ErrorAction SilentlyContinue | Where-Object { $_.UserName -like "*\$user" } }

# Nobody knows the password but the task scheduler. A task's account needs the right to log on as a batch job, which Performance Log Users have.
function New-RunnerAccount {
  $bytes = New-Object byte[] 24
  [Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($bytes)
  $password = 'aA1!' + [Convert]::ToBase64String($bytes)
  $secret = ConvertTo-SecureString $password -AsPlainText -Force
  if (Get-LocalUser -Name $user -ErrorAction SilentlyContinue) {
    Set-LocalUser -Name $user -Password $secret
  } else {
    New-LocalUser -Name $user -Password $secret -PasswordNeverExpires -AccountNeverExpires | Out-Null
  }
  foreach ($group in 'S-1-5-32-545', 'S-1-5-32-559') {
    Add-LocalGroupMember -SID $group -Member $user -ErrorAction SilentlyContinue
  }
  Register-Task 'ec2runners-runner' 'runner' @{ User = "$env:COMPUTERNAME\$user"; Password = $password }
}

# Users may create files below ProgramData unless that is taken from them.
function Protect-State {
  & icacls.exe $state /inheritance:r /grant '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' /q | Out-Null
}

function Grant-Access($Path, $Rights) {
  & icacls.exe $Path /grant "${user}:$Rights" /q | Out-Null
  if ($LASTEXITCODE) { Stop-Machine "cannot give $user access to $Path" }
}

# Removes links rather than what they lead to, files that are read-only, and paths of any length.
function Remove-Tree($Path) { & cmd.exe /d /c "rd /s /q ""\\?\$Path"" >nul 2>nul" }

function Enable-LongPaths { Set-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Control\FileSystem' -Name LongPathsEnabled -Value 1 }

# SYSTEM keeps access to the metadata service, which the mailbox needs. The role "runner" tries whether the rule holds.
function Block-Metadata {
  $sid = (Get-LocalUser -Name $user).SID.Value
  New-NetFirewallRule -DisplayName 'ec2runners: no metadata for jobs' -Direction Outbound -Action Block -LocalUser "D:(A;;CC;;;$sid)" `
    -RemoteAddress '169.254.169.254', 'fd00:ec2::254' | Out-Null
}

# ---- Power ----

function Write-Console($Text) {
  $line = "ec2runners: $Text"
  try { [IO.File]::AppendAllText((Join-Path $state 'host.log'), "$([DateTime]::UtcNow.ToString('s'))Z $line`r`n") } catch { }
  $script:unsaid = @($unsaid + $line | Select-Object -Last 200)
  try {
    Write-Serial $unsaid
    $script:unsaid = @()
  } catch { }
}

# The instance's shutdown behavior is "terminate", so this ends its cost.
function Stop-Machine($Why) {
  Write-Console "$Why; powering off"
  while ($true) {
    try { Invoke-Shutdown 0 } catch { }
    Start-Sleep -Seconds 60
  }
}

# In case the watchdog dies: some minutes after its limit.
function Set-Shutdown($Milliseconds) { Invoke-Shutdown ([long][Math]::Max(0, $Milliseconds / 1000) + 300) }

# ---- HTTP ----

# Sets status and body; the status is 0 if there was no answer.
function Send-Request($Method, $Url, $Headers, $Data, $Seconds, [switch]$Direct) {
  $script:status = 0
  $script:body = ''
  $response = $null
  try {
    $request = [Net.WebRequest]::Create($Url)
    $request.Method = $Method
    $request.Timeout = $Seconds * 1000
    $request.ReadWriteTimeout = $Seconds * 1000
    $request.ServicePoint.Expect100Continue = $false
    if ($Direct) { $request.Proxy = $null }
    foreach ($header in $Headers.Keys) {
      if ($header -eq 'content-type') { $request.ContentType = $Headers[$header] }
      elseif ($header -ne 'host') { $request.Headers.Add($header, $Headers[$header]) }
    }
    if ($Method -ne 'GET') {
      $bytes = [Text.Encoding]::UTF8.GetBytes($Data)
      $request.ContentLength = $bytes.Length
      $stream = $request.GetRequestStream()
      $stream.Write($bytes, 0, $bytes.Length)
      $stream.Dispose()
    }
    $response = $request.GetResponse()
  } catch {
    $problem = $_.Exception
    while ($problem.InnerException -and $problem -isnot [Net.WebException]) { $problem = $problem.InnerException }
    if ($problem -is [Net.WebException]) { $response = $problem.Response }
    if (-not $response) { $script:body = $problem.Message }
  }
  if (-not $response) { return }
  try {
    $reader = New-Object IO.StreamReader($response.GetResponseStream())
    $text = $reader.ReadToEnd()
    $script:status = [int]$response.StatusCode
    $script:body = $text
  } catch { $script:body = $_.Exception.Message } finally { $response.Dispose() }
}

# Instance metadata, version 2; the token is renewed when it is rejected.
function Read-Metadata($Path) {
  foreach ($attempt in 1, 2) {
    if (-not $token) {
      Send-Request PUT "$imds/latest/api/token" @{ 'X-aws-ec2-metadata-token-ttl-seconds' = '21600' } '' 5 -Direct
      if ($status -ne 200) { return $false }
      $script:token = $body
    }
    Send-Request GET "$imds/latest/$Path" @{ 'X-aws-ec2-metadata-token' = $token } '' 5 -Direct
    if ($status -ne 401) { break }
    $script:token = ''
  }
  $status -eq 200
}

# A text field of an object; empty where it has none.
function Get-Field($Object, $Name) {
  $property = $Object.PSObject.Properties[$Name]
  if ($property -and $null -ne $property.Value) { [string]$property.Value } else { '' }
}

function Get-Hex($Bytes) { [BitConverter]::ToString($Bytes).Replace('-', '').ToLowerInvariant() }

function Get-Hash($Text) { Get-Hex ([Security.Cryptography.SHA256]::Create().ComputeHash([Text.Encoding]::UTF8.GetBytes($Text))) }

function Get-Mac([byte[]]$Key, $Text) { , (New-Object Security.Cryptography.HMACSHA256(, $Key)).ComputeHash([Text.Encoding]::UTF8.GetBytes($Text)) }

# AWS Signature Version 4 of a request without a query; headers are named in lower case.
function Get-Authorization($Method, $Service, $Path, $Headers, $Data, $Key, $Secret) {
  $names = @($Headers.Keys | Sort-Object)
  $signed = $names -join ';'
  $canonical = "$Method`n$Path`n`n$(($names | ForEach-Object { "$($_):$($Headers[$_])`n" }) -join '')`n$signed`n$(Get-Hash $Data)"
  $date = $Headers['x-amz-date'].Substring(0, 8)
  $scope = "$date/$region/$Service/aws4_request"
  $mac = [Text.Encoding]::UTF8.GetBytes("AWS4$Secret")
  foreach ($part in $date, $region, $Service, 'aws4_request', "AWS4-HMAC-SHA256`n$($Headers['x-amz-date'])`n$scope`n$(Get-Hash $canonical)") { $mac = Get-Mac $mac $part }
  "AWS4-HMAC-SHA256 Credential=$Key/$scope, SignedHeaders=$signed, Signature=$(Get-Hex $mac)"
}

# Credentials are read for each call: that is local and free, and they cannot expire in between.
function Invoke-Aws($Service, $Seconds, $Url, $Data, $Headers) {
  $role = 'meta-data/iam/security-credentials/'
  if (-not ((Read-Metadata $role) -and (Read-Metadata "$role$body"))) {
    $script:body = 'no credentials in the instance metadata; has the instance profile a role?'
    return $false
  }
  $credentials = ConvertFrom-Json $body
  $Headers['host'] = ([Uri]$Url).Authority
  $Headers['x-amz-date'] = [DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ', [Globalization.CultureInfo]::InvariantCulture)
  $Headers['x-amz-security-token'] = Get-Field $credentials 'Token'
  $Headers['authorization'] = Get-Authorization POST $Service ([Uri]"$Url/").AbsolutePath $Headers $Data (Get-Field $credentials 'AccessKeyId') (Get-Field $credentials 'SecretAccessKey')
  Send-Request POST "$Url/" $Headers $Data $Seconds
  $status -eq 200
}

function Invoke-Ssm($Operation, $Data) {
  Invoke-Aws ssm 20 $ssmEndpoint $Data @{ 'content-type' = 'application/x-amz-json-1.1'; 'x-amz-target' = "AmazonSSM.$Operation" }
}

# The role may set only this tag, on this machine only. If it may not, the operator learns of the interruption from EC2 some seconds later.
function Send-Interruption($Value) {
  $form = "Action=CreateTags&Version=2016-11-15&ResourceId.1=$id&Tag.1.Key=ec2runners.dev%3Ainterruption&Tag.1.Value=$([Uri]::EscapeDataString($Value))"
  if (-not (Invoke-Aws ec2 5 $ec2Endpoint $form @{ 'content-type' = 'application/x-www-form-urlencoded' })) {
    Write-Console "cannot tag this instance: HTTP $status $(Get-Start $body 200)"
  }
}

function Get-Start($Text, $Length) { $Text.Substring(0, [Math]::Min($Length, $Text.Length)) }

# ---- The runner ----

# A JIT runner serves one job, so it is busy from the job's start until it exits. The worker exists some time before the hook runs.
function Test-Busy {
  (Test-Runner) -and ((Test-Served) -or (Test-Worker))
}

# Whether the runner was given a job, whether or not that is over.
function Test-Served { Test-Path -LiteralPath (Join-Path $job 'started') }

function Stop-RunnerProcess {
  foreach ($attempt in 1..50) {
    $left = @(Get-RunnerProcess)
    if (-not $left -and -not (Test-Runner)) { return }
    $left | Stop-Process -Force -ErrorAction SilentlyContinue
    Start-Sleep -Milliseconds 100
  }
}

function Remove-Registration {
  # The runner hides these files, and could not replace hidden ones.
  foreach ($file in '.runner', '.runner_migrated', '.credentials', '.credentials_migrated', '.credentials_rsaparams') {
    $path = Join-Path $dir $file
    if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path -Force }
  }
}

function Get-Tail($File, $Lines) { if (Test-Path -LiteralPath $File) { @(Get-Content -LiteralPath $File -Tail $Lines) } else { @() } }

function ConvertFrom-Base64($Text) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text)) }

# PowerShell 5.1 takes a script for ANSI without a byte order mark; other programs take none in their files.
function Write-Script($File, $Text) { [IO.File]::WriteAllText($File, $Text, (New-Object Text.UTF8Encoding($true))) }

# Waits for the program itself, not for what it leaves behind; the output goes to a file. 258 if it takes too long.
function Invoke-Program($Program, $Arguments, $Log, $Milliseconds = -1) {
  $process = Start-Process -FilePath $Program -ArgumentList $Arguments -WorkingDirectory $dir -NoNewWindow -PassThru -RedirectStandardOutput $Log -RedirectStandardError "$Log.errors"
  # Without a handle there is no exit code.
  $null = $process.Handle
  $code = 258
  if ($process.WaitForExit($Milliseconds)) { $code = $process.ExitCode } else { $process.Kill() }
  # What it leaves behind may hold the files.
  try { [IO.File]::AppendAllText($Log, [IO.File]::ReadAllText("$Log.errors")) } catch { }
  $code
}

# Registers a runner and does not start it. The token is in the environment of this one program, which runs no job.
function Register-Runner {
  $lines = (ConvertFrom-Base64 $config) -split "`n"
  $arguments = "configure --unattended --url ""$($lines[0])"" --name ""$($lines[1])"" --labels ""$($lines[2])"" --work ""$EC2RUNNERS_WORK_FOLDER"" --replace --ephemeral --disableupdate --no-default-labels"
  if ($lines.Count -gt 3 -and $lines[3]) { $arguments += " --runnergroup ""$($lines[3].Replace('"', '\"'))""" }
  Remove-Registration
  $log = Join-Path $state 'config.log'
  $env:ACTIONS_RUNNER_INPUT_TOKEN = $registration
  try { $code = Invoke-Program $listener $arguments $log 300000 } finally { $env:ACTIONS_RUNNER_INPUT_TOKEN = $null }
  $script:registration = ''
  $script:configured = $lines[1]
  $script:started = ''
  if ($code -eq 0) { Write-Console "registered $configured" }
  else { Write-Console "cannot register $configured, code ${code}: $((Get-Tail $log 3) -join ' ')" }
}

# Jobs may write here, so it is made anew rather than emptied: not by PowerShell, which would follow their links.
function Reset-JobFolder {
  if (Test-Path -LiteralPath $job) { Remove-Tree $job }
  $null = New-Item -ItemType Directory -Force -Path $job
  Grant-Access $job '(OI)(CI)M'
}

# A task has no environment of its own, so the configuration passes through a file that only this account reads, and removes.
function Start-Runner {
  Reset-JobFolder
  if ($jit) {
    Remove-Registration
    [IO.File]::WriteAllText((Join-Path $job 'jit'), $jit)
  }
  Start-RunnerTask
  $script:runner = $true
  Write-Console 'runner started'
}

# The role "runner", which is all that the account of jobs starts.
function Start-Listener {
  if ($EC2RUNNERS_METADATA -eq 'Blocked') {
    foreach ($address in @($imds) + @(if ($EC2RUNNERS_IPV6) { $imdsIpv6 })) {
      Send-Request GET "$address/" @{} '' 2 -Direct
      if ($status) {
        [IO.File]::WriteAllText((Join-Path $job 'reachable'), '')
        return
      }
    }
  }
  $file = Join-Path $job 'jit'
  if (Test-Path -LiteralPath $file) {
    $script:jit = [IO.File]::ReadAllText($file)
    Remove-Item -LiteralPath $file -Force
  }
  Invoke-Listener
}

# 2, 3 and 4 mean that the listener wants to be started again.
function Invoke-Listener {
  if ($jit) { $env:ACTIONS_RUNNER_INPUT_JITCONFIG = $jit }
  while ((Invoke-Program $listener 'run' (Join-Path $job 'runner.log')) -in 2, 3, 4) { Start-Sleep -Seconds 5 }
}

function Complete-Runner {
  if (Test-Path -LiteralPath (Join-Path $job 'reachable')) { Stop-Machine 'jobs can reach the metadata service in spite of the firewall' }
  if (Test-Served) { $script:served = $true }
  if ($served) {
    if ($action -eq 'stop' -or (-not $action -and $afterwards -eq 'shutdown')) { Stop-Machine 'the job is done' }
    Write-Console 'the job is done'
  } else {
    Write-Console "the runner ended without a job: $((Get-Tail (Join-Path $job 'runner.log') 3) -join ' ')"
    if ($afterwards -eq 'shutdown') { $script:leaveBy = $now + $linger }
  }
  Stop-RunnerProcess
  Remove-Registration
  Reset-JobFolder
  Remove-Tree (Join-Path $dir '_diag')
  foreach ($attempt in 1..5) {
    if (Test-Path -LiteralPath $work) {
      Remove-Tree $work
      Start-Sleep -Milliseconds 100
    }
  }
  # A machine that cannot be cleaned must not be reused.
  if (Test-Path -LiteralPath $work) { Stop-Machine 'the work folder cannot be cleaned' }
  if ($served) { Set-Shutdown ($born + $age - $now) }
  $script:runner = $false
  $script:served = $false
  $script:commandAt = [long]0
}

# For an idle listener. One that has exited or taken a job in the meantime is handled accordingly.
function Stop-Runner {
  if (-not $runner) { return }
  Stop-RunnerProcess
  Complete-Runner
}

# ---- Checks on every tick ----

function Watch-Runner {
  if (-not $runner) { return }
  if (-not (Test-Runner)) {
    Complete-Runner
  } elseif (-not $served -and (Test-Busy)) {
    $script:served = $true
    Set-Shutdown ($runtime * 1000)
    Write-Console 'job started'
  }
}

# An idle listener is stopped first, so that it gets no job that would be lost.
function Watch-Spot {
  if (-not $spot -and (Read-Metadata 'meta-data/spot/instance-action')) {
    $script:spot = $true
    # Not by ConvertFrom-Json, of which newer versions make another text of a time.
    $end = [regex]::Match($body, '"time"\s*:\s*"([^"]*)"').Groups[1].Value
    if (-not (Test-Busy)) { Stop-Runner }
    else { Write-Console 'spot interruption notice; the job goes on as long as the machine does' }
    Send-Interruption "spot $end"
  } elseif (-not $spot -and -not $advised -and (Read-Metadata 'meta-data/events/recommendations/rebalance')) {
    $script:advised = $true
    Send-Interruption 'rebalance'
  }
  if (-not $spot -or (Test-Busy)) { return }
  Stop-Runner
  Stop-Machine 'spot interruption notice'
}

# Once a change of the wake-up tag was seen, it works: then the fallback reads, limited to 40 a second per account, become rare.
function Watch-Mailbox {
  if ((Read-Metadata 'meta-data/tags/instance/ec2runners.dev:wake-up') -and $body -ne $wakeUp) {
    $script:wakeUp = $body
    $script:awaited = $true
  } elseif ($now -lt $commandAt) { return }
  $pause = if ($wakeUp) { $wokenPoll } else { $slowPoll }
  $script:commandAt = $now + $pause + (Get-Random -Maximum ([int][Math]::Max(1, $pause / 3)))
  Read-Command
}

# A policy based on a parameter's tags denies access to a missing parameter, and briefly to a new one. Only after the wake-up tag has changed is there a
# command to wait for, unless it was read before the tag was seen.
function Test-NoCommand {
  if ($body -like '*ParameterNotFound*') {
    $script:awaited = $false
    $script:complaint = ''
    return $true
  }
  if ($body -notlike '*AccessDenied*' -or ($awaited -and $failures -le 5)) { return $false }
  $script:awaited = $false
  Write-Complaint 'no command, or the role may not read it: '
  $true
}

# Removing a command accepts it: one that cannot be removed is not executed, and one removed by the operator was revoked.
function Read-Command {
  $parameter = "{""Name"":""$EC2RUNNERS_MAILBOX/$id"""
  if (-not (Invoke-Ssm GetParameter "$parameter,""WithDecryption"":true}")) {
    if (Test-NoCommand) { $script:failures = 0 } else { Wait-Mailbox }
    return
  }
  $command = $body
  $script:awaited = $false
  $script:complaint = ''
  $attempts = 0
  while (-not (Invoke-Ssm DeleteParameter "$parameter}")) {
    # Denied because it is gone, or not permitted? It was readable a moment ago.
    if ($body -like '*AccessDenied*') { $null = Invoke-Ssm GetParameter "$parameter}" }
    if ($body -like '*ParameterNotFound*' -or $body -like '*AccessDenied*') {
      # After a failed attempt, that attempt removed the command, not the operator.
      if ($attempts) { break }
      return
    }
    $attempts++
    if ($attempts -ge 5) {
      Wait-Mailbox
      return
    }
    Start-Sleep -Milliseconds ($retry * $attempts)
  }
  $script:failures = 0
  $script:complaint = ''
  Receive-Command $command
}

function Receive-Command($Answer) {
  $order = $null
  try { $order = ConvertFrom-Json (ConvertFrom-Json $Answer).Parameter.Value } catch { }
  if ($order -isnot [Management.Automation.PSCustomObject]) { $order = New-Object PSObject }
  $wanted = Get-Field $order 'action'
  $runnerName = Get-Field $order 'runnerName'
  $jitConfig = Get-Field $order 'jitConfig'
  $configuration = Get-Field $order 'configuration'
  if ($wanted -ceq 'run' -and -not $jitConfig -and $runnerName -and $runnerName -eq $started) {
    Write-Console 'command: run, which was done'
  } elseif ($wanted -ceq 'stop' -or ($wanted -ceq 'run' -and ($jitConfig -or $runnerName)) -or ($wanted -ceq 'configure' -and $configuration)) {
    $script:action = $wanted
    $script:jit = $jitConfig
    $script:name = $runnerName
    $script:config = $configuration
    $script:registration = Get-Field $order 'token'
    $script:next = Get-Field $order 'afterwards'
    $script:limit = Get-Field $order 'maxRuntimeSeconds'
    $script:script = Get-Field $order 'preRunnerScript'
    $when = if (Test-Busy) { ', after the job' } else { '' }
    Write-Console "command: $action$when"
  } else { Write-Console 'unreadable command' }
}

function Wait-Mailbox {
  $delay = $retry * [int][Math]::Pow(2, [Math]::Min(6, $failures))
  $script:failures = $failures + 1
  $script:commandAt = $now + [long]($delay / 2) + (Get-Random -Maximum ([int][Math]::Max(1, $delay)))
  Write-Complaint ''
}

# Logs each problem once.
function Write-Complaint($What) {
  $new = "$status$(Get-Start $body 50)"
  if ($complaint -ne $new) { Write-Console "mailbox: ${What}HTTP $status $(Get-Start $body 300)" }
  $script:complaint = $new
}

function Invoke-Action($Action) {
  switch ($Action) {
    'run' {
      $script:afterwards = if ($next) { $next } else { 'shutdown' }
      $script:leaveBy = [long]0
      $script:runtime = if ($limit -match '^[1-9][0-9]{0,7}$') { [long]$limit } else { [long]$EC2RUNNERS_MAX_RUNTIME_SECONDS }
      [IO.File]::WriteAllText((Join-Path $state 'runtime'), "$runtime")
      Invoke-LeaseScript
      $script:started = $name
      Start-Runner
    }
    'configure' { Register-Runner }
    'stop' { Stop-Machine 'told to stop' }
  }
}

function Watch-Command {
  if (-not $action -or (Test-Busy)) { return }
  Stop-Runner
  Invoke-Action $action
  $script:action = ''
  $script:jit = ''
}

# A separate process, so that no failure of the script keeps the machine alive. A job has its maxRuntime from its start; a machine without one is
# terminated by the operator, and powers off by itself only long after that should have happened.
function Start-WatchdogLoop {
  $script:born = Get-Clock
  # By its handle, since Windows soon gives the number of a process to another.
  try {
    $serving = Get-Process -Id ([int][IO.File]::ReadAllText((Join-Path $state 'host.pid')))
    $null = $serving.Handle
  } catch { Stop-Machine 'the host script is gone' }
  $end = [long]0
  while ($true) {
    Start-Sleep -Milliseconds $tick
    $now = Get-Clock
    # What Windows cannot tell now is asked again, up to the limit of a machine without a job.
    try { $busy = Test-Busy } catch { $busy = $now - $born -lt $age }
    if ($busy) {
      if (-not $end) {
        $script:runtime = try { [long][IO.File]::ReadAllText((Join-Path $state 'runtime')) } catch { [long]$EC2RUNNERS_MAX_RUNTIME_SECONDS }
        $end = $now + $runtime * 1000
      }
      if ($now -ge $end) { Stop-Machine "maxRuntime of $runtime s is over" }
    } else {
      $end = [long]0
      if ($now - $born -ge $age) { Stop-Machine "maxAge of $EC2RUNNERS_MAX_AGE_SECONDS s is long over" }
      if ($serving.HasExited) { Stop-Machine 'the host script is gone' }
    }
  }
}

# ---- Boot ----

# A query may contain a signature, so it is not logged. Only https, except from this machine.
function Save-Download($Url, $Sha256, $File) {
  $shown = ($Url -split '\?')[0]
  if ($Url -notmatch '^(https:|http://(127\.0\.0\.1|localhost|\[::1\])[:/])') { Stop-Machine "cannot download ${shown}: not https" }
  foreach ($attempt in 1..6) {
    try {
      $request = [Net.WebRequest]::Create($Url)
      $request.Timeout = 60000
      $request.ReadWriteTimeout = 300000
      $response = $request.GetResponse()
      $target = [IO.File]::Create($File)
      try { $response.GetResponseStream().CopyTo($target) } finally {
        $target.Dispose()
        $response.Dispose()
      }
      break
    } catch {
      if ($attempt -eq 6 -or "$_" -match '\((403|404|410)\)') { Stop-Machine "cannot download ${shown}: $_" }
      Start-Sleep -Milliseconds ($retry * $attempt)
    }
  }
  if ((Get-FileHash -LiteralPath $File -Algorithm SHA256).Hash -ne $Sha256) { Stop-Machine "wrong checksum of $shown" }
}

function Invoke-Script($File, $What) {
  $code = Invoke-Program 'powershell.exe' "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File ""$File""" "$File.log"
  if ($code -eq 0 -or $code -eq $rebootCode) { return $code -eq $rebootCode }
  foreach ($line in Get-Tail "$File.log" 20) { Write-Console "pre-runner: $line" }
  Stop-Machine "$What failed with code $code"
}

# Once, also if it has the machine restarted.
function Invoke-PreRunner {
  $file = Join-Path $state 'pre-runner.ps1'
  $done = Join-Path $state 'prepared'
  if (Test-Path -LiteralPath $done) { return }
  if ($EC2RUNNERS_PRE_RUNNER_URL) { Save-Download $EC2RUNNERS_PRE_RUNNER_URL $EC2RUNNERS_PRE_RUNNER_SHA256 $file }
  elseif ($EC2RUNNERS_PRE_RUNNER) { Write-Script $file $EC2RUNNERS_PRE_RUNNER }
  else { return }
  $wantsReboot = Invoke-Script $file 'the pre-runner script'
  [IO.File]::WriteAllText($done, '')
  if ($wantsReboot) {
    Write-Console 'the pre-runner script wants a reboot'
    Invoke-Reboot
    Start-Sleep -Seconds 600
    Stop-Machine 'the machine does not reboot'
  }
}

# Of a command, so once for each lease: a command that is repeated has the same script.
function Invoke-LeaseScript {
  if (-not $script -or $script -eq $prepared) { return }
  $script:prepared = $script
  $file = Join-Path $state 'lease-script.ps1'
  Write-Script $file (ConvertFrom-Base64 $script)
  Write-Console "running the lease's script"
  $null = Invoke-Script $file "the lease's script"
}

# GitHub assigns no jobs to outdated runners. An image's runner of unknown version is used as it is.
function Test-Outdated {
  if (-not $EC2RUNNERS_RUNNER_URL -or -not (Test-Path -LiteralPath $listener)) { return $false }
  $log = Join-Path $state 'version.log'
  if ((Invoke-Program $listener '--version' $log 60000) -ne 0) { return $false }
  $version = [IO.File]::ReadAllText($log).Trim()
  if ($version -notmatch '^[0-9]+\.[0-9]+\.[0-9]+$' -or $version -eq $EC2RUNNERS_RUNNER_VERSION) { return $false }
  if (-not $EC2RUNNERS_RUNNER_PINNED -and [version]$version -gt [version]$EC2RUNNERS_RUNNER_VERSION) { return $false }
  Write-Console "the image's runner is $version"
  $true
}

function Install-Runner {
  $null = New-Item -ItemType Directory -Force -Path $dir
  Grant-Access $dir '(OI)(CI)M'
  if ((Test-Path -LiteralPath $listener) -and -not (Test-Outdated)) { return }
  if (-not $EC2RUNNERS_RUNNER_URL) { Stop-Machine 'no runner on the image, and no address to download one from' }
  Write-Console "downloading runner $EC2RUNNERS_RUNNER_VERSION"
  $zip = Join-Path $state 'runner.zip'
  Save-Download $EC2RUNNERS_RUNNER_URL $EC2RUNNERS_RUNNER_SHA256 $zip
  # Unpacked within the folder, so that its access rights apply, and moved, since files of the image may be in the way.
  $new = Join-Path $dir 'new'
  if (Test-Path -LiteralPath $new) { Remove-Tree $new }
  Add-Type -AssemblyName System.IO.Compression.FileSystem
  try { [IO.Compression.ZipFile]::ExtractToDirectory($zip, $new) } catch { Stop-Machine "cannot unpack the runner: $_" }
  foreach ($item in @(Get-ChildItem -LiteralPath $new -Force)) {
    $old = Join-Path $dir $item.Name
    if (Test-Path -LiteralPath $old) { Remove-Item -LiteralPath $old -Recurse -Force }
    Move-Item -LiteralPath $item.FullName -Destination $old
  }
  Remove-Item -LiteralPath $zip, $new -Recurse -Force
}

# Our job-started hook reports the job and then runs the user's hook. The runner uses the last of duplicate lines in .env.
function Write-Hooks {
  $hooks = Join-Path $state 'hooks'
  $null = New-Item -ItemType Directory -Force -Path $hooks
  $run = "`$ErrorActionPreference = 'Stop'`n. '{0}'`nif (Test-Path variable:LASTEXITCODE) {{ exit `$LASTEXITCODE }}`n"
  $report = "try {{ [IO.File]::WriteAllText('{0}', '') }} catch {{ }}`n" -f (Join-Path $job 'started')
  $lines = "`n$EC2RUNNERS_ENVIRONMENT`nACTIONS_RUNNER_HOOK_JOB_STARTED=$(Join-Path $hooks 'started.ps1')`n"
  if ($EC2RUNNERS_JOB_STARTED) {
    Write-Script (Join-Path $hooks 'user-started.ps1') $EC2RUNNERS_JOB_STARTED
    $report += $run -f (Join-Path $hooks 'user-started.ps1')
  }
  Write-Script (Join-Path $hooks 'started.ps1') $report
  if ($EC2RUNNERS_JOB_COMPLETED) {
    Write-Script (Join-Path $hooks 'user-completed.ps1') $EC2RUNNERS_JOB_COMPLETED
    Write-Script (Join-Path $hooks 'completed.ps1') ($run -f (Join-Path $hooks 'user-completed.ps1'))
    $lines += "ACTIONS_RUNNER_HOOK_JOB_COMPLETED=$(Join-Path $hooks 'completed.ps1')`n"
  }
  [IO.File]::AppendAllText((Join-Path $dir '.env'), $lines)
  Grant-Access $hooks '(OI)(CI)RX'
  Reset-JobFolder
  Grant-Access $state '(RX)'
  Grant-Access (Join-Path $state 'host.ps1') 'R'
}

# User data runs at each boot: Windows may restart while it is set up, but not once it serves. An image may be of a machine that did.
function Test-Reboot {
  $file = Join-Path $state 'boots'
  $boots = 1
  $last = if (Test-Path -LiteralPath $file) { [IO.File]::ReadAllText($file) -split ' ' } else { '', '0' }
  if ($last[0] -eq $id) { $boots += [int]$last[1] }
  else {
    foreach ($mark in 'serving', 'prepared') {
      if (Test-Path -LiteralPath (Join-Path $state $mark)) { Remove-Item -LiteralPath (Join-Path $state $mark) -Force }
    }
  }
  [IO.File]::WriteAllText($file, "$id $boots")
  if ((Test-Path -LiteralPath (Join-Path $state 'serving')) -or $boots -gt 5) { Stop-Machine 'rebooted' }
}

function Find-Machine {
  $attempts = 0
  while (-not (Read-Metadata 'meta-data/instance-id')) {
    $attempts++
    if ($attempts -ge 10) { Stop-Machine "no instance metadata (HTTP $status)" }
    # From an IPv6-only subnet there is no way to the usual address.
    if ($EC2RUNNERS_IPV6) { $script:imds, $script:imdsIpv6 = $imdsIpv6, $imds }
    Start-Sleep -Milliseconds $retry
  }
  $script:id = $body
  if (-not (Read-Metadata 'meta-data/placement/region')) { Stop-Machine 'no region in the instance metadata' }
  $script:region = $body
  $domain = if (Read-Metadata 'meta-data/services/domain') { $body } else { 'amazonaws.com' }
  if (-not $ssmEndpoint) { $script:ssmEndpoint = "https://ssm.$region.$domain" }
  if (-not $ec2Endpoint) { $script:ec2Endpoint = "https://ec2.$region.$domain" }
  Write-Console "$id in $region, cluster $EC2RUNNERS_CLUSTER"
}

function Initialize-Machine {
  [IO.File]::WriteAllText((Join-Path $state 'host.pid'), "$PID")
  $script:born = Get-Clock
  $script:now = $born
  Set-Shutdown $age
  Start-Watchdog
  Find-Machine
  Test-Reboot
  Enable-LongPaths
  try { New-RunnerAccount } catch { Stop-Machine "cannot create the user ${user}: $_" }
  if ($EC2RUNNERS_METADATA -eq 'Blocked') {
    try { Block-Metadata } catch { Stop-Machine "the metadata service cannot be blocked: $_" }
  }
  $null = New-Item -ItemType Directory -Force -Path $dir
  Invoke-PreRunner
  Install-Runner
  Write-Hooks
  [IO.File]::WriteAllText((Join-Path $state 'serving'), '')
}

# On a busy machine, the watchdog waits for the job.
function Start-Serving {
  try {
    Initialize-Machine
    Write-Console 'waiting for a command'
    while ($true) {
      $script:now = Get-Clock
      Watch-Runner
      Watch-Spot
      Watch-Mailbox
      Watch-Command
      if (-not $runner -and $leaveBy -and $now -ge $leaveBy) { Stop-Machine 'no more work' }
      Start-Sleep -Milliseconds $tick
    }
  } catch {
    Write-Console "the host script ended unexpectedly: $_ (line $($_.InvocationInfo.ScriptLineNumber))"
    if (-not $runner -or -not (Test-Busy)) { Stop-Machine 'no job runs' }
  }
}

# What user data does: it ends at once, for EC2Launch starts the SSM agent only then.
function Install-Host {
  Protect-State
  $system = @{ User = 'SYSTEM' }
  Register-Task 'ec2runners' 'serve' $system
  Register-Task 'ec2runners-watchdog' 'watchdog' $system
  Start-ScheduledTask -TaskName 'ec2runners'
}

function Start-Role($Role) {
  switch ($Role) {
    'serve' { Start-Serving }
    'watchdog' { Start-WatchdogLoop }
    'runner' { Start-Listener }
    default { Install-Host }
  }
}

# Dot-sourced, this only defines functions.
if ($MyInvocation.InvocationName -ne '.') { Start-Role ($args -join '') }
