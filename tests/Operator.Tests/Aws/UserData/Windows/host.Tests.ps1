# The functions of the host script one by one, among them those that only Windows can run: the cmdlets and programs below stand in for its own.
BeforeAll {
  $EC2RUNNERS_USER = 'runner'; $EC2RUNNERS_MAX_AGE_SECONDS = '43200'; $EC2RUNNERS_WORK_FOLDER = '_work'; $EC2RUNNERS_MAX_RUNTIME_SECONDS = '3600'
  $EC2RUNNERS_RUNNER_URL = 'https://example.org/runner.zip'; $EC2RUNNERS_RUNNER_VERSION = '2.10.0'; $EC2RUNNERS_RUNNER_PINNED = ''; $EC2RUNNERS_CLUSTER = 'c'
  $EC2RUNNERS_METADATA = ''; $EC2RUNNERS_IPV6 = ''; $EC2RUNNERS_MAILBOX = '/m'
  function New-ScheduledTaskAction($Execute, $Argument) { "$Execute $Argument" }
  function New-ScheduledTaskSettingsSet($ExecutionTimeLimit, $Priority, [switch]$AllowStartIfOnBatteries, [switch]$DontStopIfGoingOnBatteries) { "$ExecutionTimeLimit $Priority $AllowStartIfOnBatteries" }
  function Register-ScheduledTask($TaskName, $Action, $Settings, $RunLevel, [switch]$Force, $User, $Password) { }
  function Get-LocalUser($Name) { }
  function New-LocalUser($Name, $Password, [switch]$PasswordNeverExpires, [switch]$AccountNeverExpires) { }
  function Set-LocalUser($Name, $Password) { }
  function Add-LocalGroupMember($SID, $Member) { }
  function New-NetFirewallRule($DisplayName, $Direction, $Action, $LocalUser, $RemoteAddress) { }
  function cmd.exe { }
  function icacls.exe { }
  . $env:HOST_SCRIPT
  # The script's variables are those of a script there, so they are here.
  foreach ($match in Get-Content $env:HOST_SCRIPT | Where-Object { $_ -match '^\$' } | ForEach-Object { [regex]::Matches($_, '(?:^|; )\$(?<name>[a-z]\w*) = ') }) {
    $variable = $match.Groups['name'].Value
    Set-Variable -Scope Script -Name $variable -Value (Get-Variable -Name $variable -ValueOnly)
    Remove-Variable -Scope 0 -Name $variable -ErrorAction SilentlyContinue
  }
  Set-Root $TestDrive
  $null = New-Item -ItemType Directory -Force -Path $state, $dir, $job
  function Stop-Machine($Why) { throw "off: $Why" }
  function Write-Serial($Lines) { }
}

Describe 'Signature' {
  # The test suite of AWS, get-vanilla.
  It 'is the one that AWS expects' {
    $script:region = 'us-east-1'
    Get-Authorization GET service '/' @{ 'host' = 'example.amazonaws.com'; 'x-amz-date' = '20150830T123600Z' } '' AKIDEXAMPLE 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' |
      Should -Be ('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
        'Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31')
  }
}

Describe 'Tasks' {
  BeforeEach { Mock Register-ScheduledTask { } }

  It 'has no time limit, and the rights that its account has' {
    Register-Task 'ec2runners' 'serve' @{ User = 'SYSTEM' }
    Should -Invoke Register-ScheduledTask -Times 1 -Exactly -ParameterFilter {
      $TaskName -eq 'ec2runners' -and $User -eq 'SYSTEM' -and $RunLevel -eq 'Highest' -and $Settings -eq '00:00:00 4 True' -and
      $Action -like 'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "*host.ps1" serve'
    }
  }

  It 'runs jobs under an account with a password of its own, which is no argument of a program' {
    $script:passwords = @()
    Mock New-LocalUser { }
    Mock Add-LocalGroupMember { }
    Mock Register-ScheduledTask { $script:passwords += $Password }
    New-RunnerAccount
    New-RunnerAccount
    Should -Invoke New-LocalUser -Times 2 -Exactly -ParameterFilter { $Name -eq 'runner' }
    Should -Invoke Add-LocalGroupMember -Times 4 -Exactly -ParameterFilter { $SID -in 'S-1-5-32-545', 'S-1-5-32-559' }
    $passwords.Count | Should -Be 2
    $passwords[0] | Should -Not -Be $passwords[1]
    $passwords[0] | Should -Match '^.{30,}$'
  }

  It 'gives an account that is there another password' {
    Mock Get-LocalUser { 'runner' }
    Mock New-LocalUser { }
    Mock Set-LocalUser { }
    New-RunnerAccount
    Should -Invoke Set-LocalUser -Times 1 -Exactly
    Should -Invoke New-LocalUser -Times 0 -Exactly
  }
}

Describe 'Power' {
  It 'cancels the shutdown that is scheduled before it schedules another' {
    Mock cmd.exe { }
    Set-Shutdown 60000
    Should -Invoke cmd.exe -Times 1 -Exactly -ParameterFilter { "$args" -like '*shutdown.exe /a*shutdown.exe /s /f /t 360*' }
  }

  It 'keeps lines for the console until the serial port is free' {
    Mock Write-Serial { throw 'in use' }
    1..300 | ForEach-Object { Write-Console "line $_" }
    Mock Write-Serial { $script:seen = $Lines }
    Write-Console 'last'
    $seen.Count | Should -Be 200
    $seen[-1] | Should -Be 'ec2runners: last'
    Write-Console 'next'
    $seen | Should -Be 'ec2runners: next'
  }
}

Describe 'Metadata' {
  It 'is blocked for the account alone' {
    Mock Get-LocalUser { [pscustomobject]@{ SID = [pscustomobject]@{ Value = 'S-1-5-21-7' } } }
    Mock New-NetFirewallRule { }
    Block-Metadata
    Should -Invoke New-NetFirewallRule -Times 1 -Exactly -ParameterFilter {
      $Direction -eq 'Outbound' -and $Action -eq 'Block' -and $LocalUser -eq 'D:(A;;CC;;;S-1-5-21-7)' -and '169.254.169.254' -in $RemoteAddress -and 'fd00:ec2::254' -in $RemoteAddress
    }
  }
}

Describe 'Files' {
  It 'are removed with the program that leaves what links lead to' {
    Mock cmd.exe { }
    Remove-Tree 'C:\actions-runner\_work'
    Should -Invoke cmd.exe -Times 1 -Exactly -ParameterFilter { "$args" -like '*rd /s /q "\\?\C:\actions-runner\_work"*' }
  }

  It 'gives access or no job' {
    Mock icacls.exe { $global:LASTEXITCODE = 5 }
    { Grant-Access 'C:\x' 'R' } | Should -Throw 'off: cannot give runner access to C:\x'
    $global:LASTEXITCODE = 0
  }
}

Describe 'Commands' {
  BeforeEach {
    $script:action = ''; $script:started = ''
    Mock Test-Busy { $false }
    Mock Write-Console { }
    function Send-Answer($Command) { Receive-Command (ConvertTo-Json @{ Parameter = @{ Value = (ConvertTo-Json $Command) } }) }
  }

  It '<Case> is <Expected>' -ForEach @(
    @{ Case = 'run with a configuration'; Command = @{ action = 'run'; jitConfig = 'abc' }; Expected = 'run' }
    @{ Case = 'run of a registered runner'; Command = @{ action = 'run'; runnerName = 'r' }; Expected = 'run' }
    @{ Case = 'run of nothing'; Command = @{ action = 'run' }; Expected = '' }
    @{ Case = 'stop'; Command = @{ action = 'stop' }; Expected = 'stop' }
    @{ Case = 'configure'; Command = @{ action = 'configure'; configuration = 'abc' }; Expected = 'configure' }
    @{ Case = 'configure of nothing'; Command = @{ action = 'configure' }; Expected = '' }
    @{ Case = 'a word in capitals'; Command = @{ action = 'STOP' }; Expected = '' }
    @{ Case = 'a field that is no text'; Command = @{ action = 'run'; jitConfig = $null }; Expected = '' }
  ) {
    Send-Answer $Command
    $script:action | Should -Be $Expected
  }

  It 'that cannot be read are none: <_>' -ForEach '', 'nonsense', '{}', '{"Parameter":{"Value":"nonsense"}}', '{"Parameter":{"Value":"[]"}}' {
    Receive-Command $_
    $script:action | Should -Be ''
    Should -Invoke Write-Console -Times 1 -Exactly -ParameterFilter { $Text -eq 'unreadable command' }
  }
}

Describe 'Versions' {
  It '<Version> of the image, pinned <Pinned>: outdated <Expected>' -ForEach @(
    @{ Version = '2.9.0'; Pinned = ''; Expected = $true }
    @{ Version = '2.11.0'; Pinned = ''; Expected = $false }
    @{ Version = '2.11.0'; Pinned = '1'; Expected = $true }
    @{ Version = '2.10.0'; Pinned = '1'; Expected = $false }
    @{ Version = 'unknown'; Pinned = ''; Expected = $false }
  ) {
    $null = New-Item -ItemType File -Force -Path $listener
    Set-Variable -Scope Script -Name EC2RUNNERS_RUNNER_PINNED -Value $Pinned
    $EC2RUNNERS_RUNNER_PINNED = $Pinned
    Mock Invoke-Program { [IO.File]::WriteAllText($Log, "$Version`n"); 0 }
    Test-Outdated | Should -Be $Expected
  }
}

# Last, since it is about another folder.
Describe 'GitLab in containers' {
  BeforeAll {
    $EC2RUNNERS_GITLAB_EXECUTOR = 'docker-windows'
    . $env:HOST_GITLAB_SCRIPT
    Set-Root $TestDrive
  }

  It 'has no account: the runner is SYSTEM''s, and is ended by its name' {
    Mock Register-ScheduledTask { }
    Mock icacls.exe { throw 'there is no account' }
    Mock Get-Process { 'gitlab-runner' }
    New-RunnerAccount
    Grant-Access 'C:\x' 'R'
    Should -Invoke Register-ScheduledTask -Times 1 -Exactly -ParameterFilter { $TaskName -eq 'ec2runners-runner' -and $User -eq 'SYSTEM' -and $Action -like '*host.ps1" runner' }
    Get-RunnerProcess | Should -Be 'gitlab-runner'
    Should -Invoke Get-Process -Times 1 -Exactly -ParameterFilter { $Name -eq 'gitlab-runner' }
  }
}
