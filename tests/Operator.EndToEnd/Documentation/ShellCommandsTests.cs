namespace Operator.EndToEnd.Documentation;

/// <summary>Scripts are taken apart as a shell does it.</summary>
public sealed class ShellCommandsTests
{
    [Theory]
    [InlineData("a b  c # d", "a b c")]
    [InlineData("a \\\n  b", "a b")]
    [InlineData("a 'b c' \"d \\\" e\"", "a|b c|d \" e")]
    [InlineData("a | b && c; d & e", "a;b;c;d;e")]
    [InlineData("a >f 2>&1 b < g", "a b")]
    [InlineData("X=1 Y=2 a b=3", "a b=3")]
    [InlineData("export X=1\na", "a")]
    [InlineData("a \"$(b c)\" d$(e)", "b c;e;a|SUBSTITUTED|dSUBSTITUTED")]
    [InlineData("for x in y z; do\n  a \"$x\"\ndone", "a $x")]
    [InlineData("sh -c '\n a && b\n c'", "a;b;c")]
    public void Parse_Script_YieldsItsCommands(string script, string expected)
    {
        var commands = ShellCommands.Parse(script).Select(words => string.Join('|', words));

        Assert.Equal(expected.Split(';').Select(command => command.Contains('|', StringComparison.Ordinal) ? command : command.Replace(' ', '|')), commands);
    }
}
