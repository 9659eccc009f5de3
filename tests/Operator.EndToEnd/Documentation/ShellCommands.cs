using System.Text;
using System.Text.RegularExpressions;

namespace Operator.EndToEnd.Documentation;

/// <summary>Takes shell scripts apart into their simple commands, those in substitutions and in <c>sh -c</c> included.</summary>
internal sealed partial class ShellCommands
{
    /// <summary>Stands for what a substitution prints.</summary>
    public const string Substituted = "SUBSTITUTED";

    private static readonly HashSet<string> Keywords = ["do", "done", "then", "else", "fi", "if", "while", "!", "{", "}"];

    private readonly List<IReadOnlyList<string>> _commands = [];
    private readonly List<string> _words = [];
    private readonly StringBuilder _word = new();
    private readonly string _script;
    private bool _hasWord;
    private bool _isRedirected;
    private int _at;

    private ShellCommands(string script) => _script = script;

    /// <summary>The words of each command: program and arguments, unquoted, without assignments, redirections and comments.</summary>
    /// <param name="script">The script.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Parse(string script)
    {
        var parser = new ShellCommands(script);
        while (parser._at < script.Length)
        {
            parser.Next(script[parser._at++]);
        }

        parser.EndCommand();
        return parser._commands;
    }

    private void Next(char character)
    {
        switch (character)
        {
            case '\\':
                Escape();
                break;
            case '\'':
                Append(TakeUntil("'"));
                break;
            case '"':
                Quoted();
                break;
            case '$' when Peek() == '(':
                Substitute();
                break;
            case '#' when !_hasWord:
                TakeUntil("\n");
                EndCommand();
                break;
            case '>' or '<':
                Redirect();
                break;
            case ' ' or '\t':
                EndWord();
                break;
            case '\n' or ';' or '|' or '&' or '(' or ')':
                EndCommand();
                break;
            default:
                Append(character.ToString());
                break;
        }
    }

    private char Peek() => _at < _script.Length ? _script[_at] : '\0';

    private void Escape()
    {
        if (Peek() != '\n')
        {
            Append(Peek().ToString());
        }

        _at++;
    }

    private void Quoted()
    {
        Append("");
        while (Peek() is not ('"' or '\0'))
        {
            if (Peek() == '\\')
            {
                _at++;
            }
            else if (Peek() == '$' && _at + 1 < _script.Length && _script[_at + 1] == '(')
            {
                _at++;
                Substitute();
                continue;
            }

            Append(Peek().ToString());
            _at++;
        }

        _at++;
    }

    private void Substitute()
    {
        var (begin, depth) = (++_at, 1);
        for (; _at < _script.Length && depth > 0; _at++)
        {
            depth += _script[_at] switch { '(' => 1, ')' => -1, _ => 0 };
        }

        _commands.AddRange(Parse(_script[begin..Math.Max(begin, _at - 1)]));
        Append(Substituted);
    }

    // The number before it, if any, and the file after it are no arguments.
    private void Redirect()
    {
        if (_hasWord && _word.ToString() is "1" or "2")
        {
            _word.Clear();
            _hasWord = false;
        }

        EndWord();
        while (Peek() is '>' or '&' or ' ')
        {
            _at++;
        }

        _isRedirected = true;
    }

    private string TakeUntil(string end)
    {
        var found = _script.IndexOf(end, _at, StringComparison.Ordinal);
        var text = _script[_at..(found < 0 ? _script.Length : found)];
        _at = found < 0 ? _script.Length : found + end.Length;
        return text;
    }

    private void Append(string text)
    {
        _word.Append(text);
        _hasWord = true;
    }

    private void EndWord()
    {
        if (_hasWord && !_isRedirected)
        {
            _words.Add(_word.ToString());
        }

        _isRedirected &= !_hasWord;
        _word.Clear();
        _hasWord = false;
    }

    private void EndCommand()
    {
        EndWord();
        _isRedirected = false;
        List<string> words = [.. _words.SkipWhile(word => Keywords.Contains(word) || Assignment().IsMatch(word))];
        _words.Clear();
        if (words is ["sh" or "bash", "-c", var script, ..])
        {
            _commands.AddRange(Parse(script));
        }
        else if (words.Count > 0 && words[0] is not ("for" or "export"))
        {
            _commands.Add(words);
        }
    }

    [GeneratedRegex(@"^\w+=", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assignment();
}
