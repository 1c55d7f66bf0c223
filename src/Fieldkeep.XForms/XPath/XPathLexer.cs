using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.XPath;

/// <summary>
/// Cuts an XPath expression into tokens (XPath 1.0, section 3.7), and <c>${name}</c> besides. Whether a name or a star is
/// an operator depends on what stands before it, so the parser decides that.
/// </summary>
internal sealed class XPathLexer(string text)
{
    private int _at;

    /// <summary>Reads the next token; white space before it is skipped.</summary>
    public XPathToken Next()
    {
        while (_at < text.Length && IsSpace(text[_at]))
        {
            _at++;
        }

        if (_at == text.Length)
        {
            return new XPathToken(XPathTokenKind.End, _at, _at);
        }

        var token = Read(_at);
        _at = token.End;
        return token;
    }

    /// <summary>Looks at the first character of the token after this one; the null character at the end.</summary>
    public char Peek()
    {
        var at = _at;
        while (at < text.Length && IsSpace(text[at]))
        {
            at++;
        }

        return at < text.Length ? text[at] : '\0';
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\r' or '\n';

    private static bool IsDigit(char c) => c is >= '0' and <= '9';

    private XPathToken Read(int start)
    {
        var next = start + 1 < text.Length ? text[start + 1] : '\0';
        switch (text[start])
        {
            case '(':
                return Token(XPathTokenKind.OpenParenthesis, start, 1);
            case ')':
                return Token(XPathTokenKind.CloseParenthesis, start, 1);
            case '[':
                return Token(XPathTokenKind.OpenBracket, start, 1);
            case ']':
                return Token(XPathTokenKind.CloseBracket, start, 1);
            case ',':
                return Token(XPathTokenKind.Comma, start, 1);
            case '@':
                return Token(XPathTokenKind.At, start, 1);
            case '*':
                return Token(XPathTokenKind.Star, start, 1);
            case '|' or '+' or '-' or '=':
                return Token(XPathTokenKind.Operator, start, 1);
            case '<' or '>':
                return Token(XPathTokenKind.Operator, start, next == '=' ? 2 : 1);
            case '!' when next == '=':
                return Token(XPathTokenKind.Operator, start, 2);
            case ':' when next == ':':
                return Token(XPathTokenKind.DoubleColon, start, 2);
            case '/':
                return next == '/' ? Token(XPathTokenKind.DoubleSlash, start, 2) : Token(XPathTokenKind.Slash, start, 1);
            case '.' when IsDigit(next):
                return Number(start);
            case '.':
                return next == '.' ? Token(XPathTokenKind.DoubleDot, start, 2) : Token(XPathTokenKind.Dot, start, 1);
            case '\'' or '"':
                return Quoted(start);
            case '$':
                return next == '{' ? Reference(start) : Variable(start);
            case >= '0' and <= '9':
                return Number(start);
            default:
                return Name(start);
        }
    }

    private static XPathToken Token(XPathTokenKind kind, int start, int length) => new(kind, start, start + length);

    private XPathToken Number(int start)
    {
        var end = start;
        while (end < text.Length && IsDigit(text[end]))
        {
            end++;
        }

        if (end < text.Length && text[end] == '.')
        {
            end++;
            while (end < text.Length && IsDigit(text[end]))
            {
                end++;
            }
        }

        return new XPathToken(XPathTokenKind.Number, start, end);
    }

    private XPathToken Quoted(int start)
    {
        var close = text.IndexOf(text[start], start + 1);
        return close < 0
            ? new XPathToken(
                XPathTokenKind.Bad,
                start,
                text.Length,
                $"The quote {text[start]} at character {start + 1} is not closed. Add a {text[start]} where the text ends.")
            : new XPathToken(XPathTokenKind.Literal, start, close + 1);
    }

    private XPathToken Reference(int start)
    {
        if (XPath.Reference.At(text, start) is { } reference)
        {
            return new XPathToken(
                reference.IsLastSaved ? XPathTokenKind.LastSavedReference : XPathTokenKind.Reference, start, reference.End);
        }

        var close = text.IndexOf('}', start);
        var end = close < 0 ? text.Length : close + 1;
        return new XPathToken(
            XPathTokenKind.Bad,
            start,
            end,
            $"“{XPathErrors.Short(text[start..end])}” at character {start + 1} is no reference. Write the question's name " +
            "between ${ and }, without spaces.");
    }

    private XPathToken Variable(int start)
    {
        var length = QualifiedNameLength(start + 1);
        return length > 0
            ? Token(XPathTokenKind.Variable, start, length + 1)
            : new XPathToken(
                XPathTokenKind.Bad,
                start,
                start + 1,
                $"The dollar sign at character {start + 1} begins no reference. Write ${{question}} with braces.");
    }

    private XPathToken Name(int start)
    {
        var length = QualifiedNameLength(start);
        if (length == 0)
        {
            var end = start + (char.IsHighSurrogate(text[start]) && start + 1 < text.Length ? 2 : 1);
            return new XPathToken(XPathTokenKind.Bad, start, end);
        }

        // p:* is one token; p::x is not.
        var colon = start + length;
        return colon + 1 < text.Length && text[colon] == ':' && text[colon + 1] == '*'
            ? Token(XPathTokenKind.Name, start, length + 2)
            : Token(XPathTokenKind.Name, start, length);
    }

    private int QualifiedNameLength(int start)
    {
        var length = XmlNames.NcNameLength(text.AsSpan(start));
        var colon = start + length;
        if (length == 0 || colon >= text.Length || text[colon] != ':')
        {
            return length;
        }

        var local = XmlNames.NcNameLength(text.AsSpan(colon + 1));
        return local == 0 ? length : length + 1 + local;
    }
}
