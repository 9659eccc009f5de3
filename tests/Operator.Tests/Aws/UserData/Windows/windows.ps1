# Stands in for what only Windows can do, where the host script is tested elsewhere: it reports what would be done, and keeps the processes of
# jobs together in a session, as Windows has them under an account. Times are as short as the test wants.
$services = $env:EC2RUNNERS_SERVICES
$imds = $services
$ssmEndpoint = $services
$ec2Endpoint = "$services/ec2"
$tick = 200
# Only where a test is about it: it is another process that takes its time to start.
$watchdog = 0
$retry = 10
# Exit codes end at 255 here.
$rebootCode = 194
foreach ($pair in $env:EC2RUNNERS_TIMINGS -split ';' | Where-Object { $_ }) {
  $key, $value = $pair -split '='
  Set-Variable -Name $key -Value ([long]$value)
}
$age = [long]$EC2RUNNERS_MAX_AGE_SECONDS * 1000 + $ageMargin
Set-Root $env:EC2RUNNERS_ROOT
$client = [Net.Http.HttpClient]::new()

function Send-Event($Text) { $null = $client.PostAsync("$services/events", [Net.Http.StringContent]::new($Text)).GetAwaiter().GetResult() }

function Write-Serial($Lines) { foreach ($line in $Lines) { Send-Event "console $line" } }

function Invoke-Shutdown($Seconds) { Send-Event $(if ($Seconds) { "shutdown $Seconds" } else { 'poweroff' }) }

function Invoke-Reboot { Send-Event 'reboot' }

function Get-Clock {
  $file = Join-Path $env:EC2RUNNERS_ROOT 'uptime'
  if (Test-Path $file) { [long]([double][IO.File]::ReadAllText($file) * 1000) } else { [Environment]::TickCount64 }
}

function Register-Task($Task, $Role, $Account) { Send-Event "task $Task is $Role of $($Account.User)" }

function Start-Task($Role) { Start-Process setsid -ArgumentList "pwsh -NoProfile -File $env:EC2RUNNERS_ROOT/machine.ps1 $Role" -PassThru }

function Start-ScheduledTask($TaskName) { Send-Event "start $TaskName" }

function Start-Watchdog { if ($watchdog) { $null = Start-Task watchdog } }

function Start-RunnerTask { [IO.File]::WriteAllText((Join-Path $state 'task'), (Start-Task runner).Id) }

function Get-Session { $file = Join-Path $state 'task'; if (Test-Path $file) { [IO.File]::ReadAllText($file) } else { '0' } }

function Test-Runner { $id = Get-Session; (Test-Path "/proc/$id/stat") -and [IO.File]::ReadAllText("/proc/$id/stat") -notmatch '\) [ZX] ' }

function Get-RunnerProcess { foreach ($id in ps -o pid= -s (Get-Session)) { if ([int]$id -ne $PID) { Get-Process -Id $id -ErrorAction SilentlyContinue } } }

function New-RunnerAccount {
  if ($user -eq 'nobody-can-make') { throw 'access is denied' }
  Send-Event "account $user"
}

function Test-Worker { @(Get-RunnerProcess | Where-Object { $_.ProcessName -eq 'Runner.Worker' }).Count -gt 0 }

function Protect-State { Send-Event 'state is protected' }

function Grant-Access($Path, $Rights) { Send-Event "grant $Rights on $([IO.Path]::GetFileName($Path))" }

function Remove-Tree($Path) { rm -rf -- $Path }

function Enable-LongPaths { }

function Block-Metadata {
  if (Test-Path (Join-Path $env:EC2RUNNERS_ROOT 'no-firewall')) { throw 'there is no firewall' }
  Send-Event 'metadata is blocked'
  # What the rule does to jobs: the role that tries it finds nothing there.
  if (-not (Test-Path (Join-Path $env:EC2RUNNERS_ROOT 'open'))) { [IO.File]::WriteAllText((Join-Path $state 'blocked'), '') }
}
if ($args[0] -eq 'runner' -and (Test-Path (Join-Path $state 'blocked'))) { $imds = 'http://127.0.0.1:1' }
