# Prints what Windows PowerShell 5.1 would not understand in a script, a finding a line: newer syntax, and commands and parameters that are not in
# the list below, which is of 5.1.
param($File)
$known = @{
  'Add-LocalGroupMember' = 'SID', 'Member'; 'Add-Type' = 'AssemblyName'; 'ConvertFrom-Json' = @(); 'ConvertTo-SecureString' = 'AsPlainText', 'Force'
  'ForEach-Object' = @(); 'Where-Object' = @(); 'Select-Object' = 'Last'; 'Sort-Object' = @(); 'Out-Null' = @(); 'Get-ChildItem' = 'LiteralPath', 'Force'
  'Get-Content' = 'LiteralPath', 'Tail'; 'Get-FileHash' = 'LiteralPath', 'Algorithm'; 'Get-LocalUser' = @('Name'); 'Get-Process' = 'Id', 'Name', 'IncludeUserName'
  'Get-Random' = @('Maximum'); 'Join-Path' = @(); 'Move-Item' = 'LiteralPath', 'Destination'; 'New-Item' = 'ItemType', 'Force', 'Path'
  'New-LocalUser' = 'Name', 'Password', 'PasswordNeverExpires', 'AccountNeverExpires'; 'New-Object' = @('ComObject')
  'New-NetFirewallRule' = 'DisplayName', 'Direction', 'Action', 'LocalUser', 'RemoteAddress'; 'New-ScheduledTaskAction' = 'Execute', 'Argument'
  'New-ScheduledTaskSettingsSet' = 'ExecutionTimeLimit', 'Priority', 'AllowStartIfOnBatteries', 'DontStopIfGoingOnBatteries'
  'Register-ScheduledTask' = 'TaskName', 'Action', 'Settings', 'RunLevel', 'Force'; 'Remove-Item' = 'LiteralPath', 'Force', 'Recurse'
  'Set-ItemProperty' = 'Path', 'Name', 'Value'; 'Set-LocalUser' = 'Name', 'Password'; 'Set-StrictMode' = @('Version')
  'Start-Process' = 'FilePath', 'ArgumentList', 'WorkingDirectory', 'NoNewWindow', 'PassThru', 'RedirectStandardOutput', 'RedirectStandardError'
  'Start-ScheduledTask' = @('TaskName'); 'Start-Sleep' = 'Milliseconds', 'Seconds'; 'Stop-Process' = @('Force'); 'Test-Path' = @('LiteralPath')
}
$common = 'ErrorAction', 'Verbose', 'Debug', 'OutVariable'
# Of .NET's newer versions.
$newer = 'ToHexString', 'FromHexString', 'HashData', 'TickCount64', 'ArgumentList', 'ProcessPath', 'GetBytesAsync', 'ReadAllTextAsync', 'WaitForExitAsync', 'new'
$tokens = $null
$errors = $null
$tree = [Management.Automation.Language.Parser]::ParseFile($File, [ref]$tokens, [ref]$errors)
$errors | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Message)" }
$kinds = 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'QuestionMark', 'AndAnd', 'OrOr', 'Clean'
$tokens | Where-Object { "$($_.Kind)" -in $kinds } | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Text)" }
$functions = @($tree.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true) | ForEach-Object Name)
foreach ($command in $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
  $name = $command.GetCommandName()
  $where = "line $($command.Extent.StartLineNumber)"
  if ($name -in $functions -or $name -like '*.exe') { continue }
  if (-not $name -or -not $known.ContainsKey($name)) { "${where}: $name is not in the list of 5.1"; continue }
  foreach ($element in $command.CommandElements) {
    if ($element -is [Management.Automation.Language.CommandParameterAst] -and $element.ParameterName -notin @($known[$name]) + $common) {
      "${where}: $name -$($element.ParameterName) is not in the list of 5.1"
    }
  }
  if ($name -eq 'Join-Path' -and $command.CommandElements.Count -ne 3) { "${where}: Join-Path joins two parts" }
}
foreach ($member in $tree.FindAll({ $args[0] -is [Management.Automation.Language.MemberExpressionAst] }, $true)) {
  if ("$($member.Member)" -in $newer) { "line $($member.Extent.StartLineNumber): .$($member.Member) is not in .NET Framework" }
}
foreach ($function in $functions) { if ($function -cnotmatch '^[A-Z][A-Za-z]+-[A-Z][A-Za-z0-9]+$') { "$function has no name of the form Verb-Noun" } }
