# What is different on a Windows machine that runs GitLab's jobs: these functions replace those of host.ps1. The runner authentication token comes in the command, like a
# JIT configuration. gitlab-runner cannot be told here to take no further job, so an idle one is ended; a job that it was given is finished.
$runnerFolder = 'GitLab-Runner'
$runnerProgram = 'gitlab-runner.exe'
Set-Root "$env:SystemDrive\"

# It writes this line when GitLab has given it a job, to the file of errors until it has exited; with one job at most, it is busy from then on.
function Test-Served {
  if ($served) { return $true }
  $log = Join-Path $job 'runner.log'
  [bool](@(Get-Tail $log 200) + @(Get-Tail "$log.errors" 200) -match 'Checking for jobs.*received')
}

# The role "runner" is another process, so it looks for itself.
function Find-Runner { if (-not (Test-Path -LiteralPath $listener)) { $script:listener = $runnerProgram } }

function Get-Version($Program) {
  $log = Join-Path $state 'version.log'
  try { $code = Invoke-Program $Program '--version' $log 60000 } catch { return '' }
  if ($code -eq 0) { @(Get-Tail $log 20 | Where-Object { $_ })[0] } else { '' }
}

function Install-Runner {
  # Jobs make folders here; the program is not theirs to change.
  Grant-Access $dir '(RX,AD)'
  Find-Runner
  $version = Get-Version $listener
  if (-not $version) { Stop-Machine "no gitlab-runner.exe in $dir or on the PATH: put it on the image, or install it by spec.runner.preRunnerScript" }
  Write-Console "gitlab-runner $version"
  if ($EC2RUNNERS_GITLAB_EXECUTOR -ne 'shell' -and -not (Get-Version 'docker.exe')) { Stop-Machine 'no docker on the image: put it there, or install it by spec.runner.preRunnerScript' }
}

# GitHub's hooks have no counterpart here.
function Write-Hooks {
  Reset-JobFolder
  Grant-Access $state '(RX)'
  Grant-Access (Join-Path $state 'host.ps1') 'R'
}

# Whatever happens, the machine does not listen for longer than it lives.
function Invoke-Listener {
  Find-Runner
  foreach ($line in $EC2RUNNERS_ENVIRONMENT -split "`n") {
    $variable, $value = $line -split '=', 2
    if ($variable) { [Environment]::SetEnvironmentVariable($variable, $value) }
  }
  $env:CI_SERVER_URL = $EC2RUNNERS_GITLAB_URL
  $env:CI_SERVER_TOKEN = $jit
  $env:RUNNER_EXECUTOR = $EC2RUNNERS_GITLAB_EXECUTOR
  $env:RUNNER_NAME = $env:COMPUTERNAME
  if ($EC2RUNNERS_GITLAB_EXECUTOR -eq 'shell') {
    $env:RUNNER_SHELL = 'powershell'
    $env:RUNNER_BUILDS_DIR = Join-Path $work 'builds'
    $env:RUNNER_CACHE_DIR = Join-Path $work 'cache'
  } else { $env:DOCKER_IMAGE = $EC2RUNNERS_GITLAB_IMAGE }
  $null = Invoke-Program $listener "run-single --max-builds 1 --wait-timeout $EC2RUNNERS_MAX_AGE_SECONDS" (Join-Path $job 'runner.log')
}

# Docker's pipe is for administrators, and jobs run in containers: so there is no account, and the runner is SYSTEM's.
if ($EC2RUNNERS_GITLAB_EXECUTOR -ne 'shell') {
  function New-RunnerAccount { Register-Task 'ec2runners-runner' 'runner' @{ User = 'SYSTEM' } }
  function Get-RunnerProcess { Get-Process -Name 'gitlab-runner' -ErrorAction SilentlyContinue }
  function Grant-Access($Path, $Rights) { }
}
