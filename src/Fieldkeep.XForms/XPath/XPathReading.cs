namespace Fieldkeep.XForms.XPath;

/// <summary>
/// Reads one text into a tree by precedence climbing. Each method reads one production from the current token on and
/// gives null once a mistake is noted.
/// </summary>
internal sealed partial class XPathReading
{
    private readonly string _text;
    private readonly XPathLexer _lexer;
    private XPathToken _token;
    private XPathToken _previous;
    private int _depth;

    public XPathReading(string text)
    {
        _text = text;
        _lexer = new XPathLexer(text);
        _token = _lexer.Next();
    }

    /// <summary>The first mistake; null when there is none.</summary>
    public XPathError? Error { get; private set; }

    private ReadOnlySpan<char> TokenText => _text.AsSpan(_token.Start, _token.End - _token.Start);

    /// <summary>Reads the whole text; null when it is no expression.</summary>
    public XPathExpression? Run()
    {
        var tree = Binary(1);
        return tree is null || _token.Kind == XPathTokenKind.End ? tree : Fail<XPathExpression>(XPathErrors.Operator);
    }

    private XPathExpression? Binary(int weakest)
    {
        var left = Unary();
        while (left is not null && OperatorHere() is { } found && XPathOperators.BindingOf(found) is var binding && binding >= weakest)
        {
            Advance();
            if ((found == XPathOperator.Union ? Path() : Binary(binding + 1)) is not { } right)
            {
                return null;
            }

            left = new BinaryExpr(found, left, right) { Start = left.Start, End = right.End };
        }

        return left;
    }

    /// <summary>Reads <c>-</c> and what it negates: it binds less closely than <c>|</c>.</summary>
    private XPathExpression? Unary()
    {
        if (_token.Kind != XPathTokenKind.Operator || _text[_token.Start] != '-')
        {
            return Path();
        }

        var start = _token.Start;
        if (!Enter())
        {
            return null;
        }

        Advance();
        var operand = _token.Kind == XPathTokenKind.Operator && _text[_token.Start] == '-'
            ? Unary()
            : Binary(XPathOperators.BindingOf(XPathOperator.Union));
        _depth--;
        return operand is null ? null : new UnaryExpr(operand) { Start = start, End = operand.End };
    }

    /// <summary>After a value a name or a star can only be an operator (XPath 1.0, section 3.7).</summary>
    private XPathOperator? OperatorHere() => _token.Kind switch
    {
        XPathTokenKind.Star => XPathOperator.Multiply,
        XPathTokenKind.Name => TokenText switch
        {
            "or" => XPathOperator.Or,
            "and" => XPathOperator.And,
            "div" => XPathOperator.Divide,
            "mod" => XPathOperator.Modulo,
            _ => null,
        },
        XPathTokenKind.Operator => TokenText switch
        {
            "=" => XPathOperator.Equal,
            "!=" => XPathOperator.NotEqual,
            "<" => XPathOperator.Less,
            "<=" => XPathOperator.LessOrEqual,
            ">" => XPathOperator.Greater,
            ">=" => XPathOperator.GreaterOrEqual,
            "+" => XPathOperator.Add,
            "-" => XPathOperator.Subtract,
            _ => XPathOperator.Union,
        },
        _ => null,
    };

    private XPathExpression? Path()
    {
        switch (_token.Kind)
        {
            case XPathTokenKind.Slash or XPathTokenKind.DoubleSlash:
                return AbsolutePath();
            case XPathTokenKind.Dot or XPathTokenKind.DoubleDot or XPathTokenKind.At or XPathTokenKind.Star:
                return RelativePath();
            case XPathTokenKind.Name when !IsCallHere() || IsNodeType():
                return RelativePath();
            default:
                return Filter();
        }
    }

    /// <summary>Reads a value with what may follow it: predicates, then steps.</summary>
    private XPathExpression? Filter()
    {
        if (Primary() is not { } primary)
        {
            return null;
        }

        if (_token.Kind == XPathTokenKind.OpenBracket)
        {
            var predicates = new List<Predicate>();
            if (!Predicates(predicates))
            {
                return null;
            }

            primary = new FilterExpr(primary, predicates) { Start = primary.Start, End = _previous.End };
        }

        if (_token.Kind is not (XPathTokenKind.Slash or XPathTokenKind.DoubleSlash))
        {
            return primary;
        }

        var steps = new List<LocationStep>();
        return Steps(steps) ? new PathExpr(primary, steps) { Start = primary.Start, End = _previous.End } : null;
    }

    private XPathExpression? Primary()
    {
        var token = _token;
        switch (token.Kind)
        {
            case XPathTokenKind.Number:
                Advance();
                return new Number(_text[token.Start..token.End]) { Start = token.Start, End = token.End };
            case XPathTokenKind.Literal:
                Advance();
                return new Literal(_text[(token.Start + 1)..(token.End - 1)]) { Start = token.Start, End = token.End };
            case XPathTokenKind.Variable:
                Advance();
                return new VariableReference(_text[(token.Start + 1)..token.End]) { Start = token.Start, End = token.End };
            case XPathTokenKind.Reference or XPathTokenKind.LastSavedReference:
                Advance();
                var hash = token.Kind == XPathTokenKind.LastSavedReference ? _text.IndexOf('#', token.Start) + 1 : token.Start + 2;
                return new QuestionReference(_text[hash..(token.End - 1)], token.Kind == XPathTokenKind.LastSavedReference)
                {
                    Start = token.Start,
                    End = token.End,
                };
            case XPathTokenKind.Name:
                return Call();
            case XPathTokenKind.OpenParenthesis:
                return Parenthesised();
            default:
                return Fail<XPathExpression>(XPathErrors.Value);
        }
    }

    private XPathExpression? Parenthesised()
    {
        var open = _token;
        if (!Enter())
        {
            return null;
        }

        Advance();
        var inner = Binary(1);
        _depth--;
        return inner is not null && Close(XPathTokenKind.CloseParenthesis, open, ")")
            ? inner with { Start = open.Start, End = _previous.End }
            : null;
    }

    private FunctionCall? Call()
    {
        var name = _token;
        Advance();
        var open = _token;
        if (!Enter())
        {
            return null;
        }

        Advance();
        var arguments = new List<XPathExpression>();
        while (_token.Kind != XPathTokenKind.CloseParenthesis || arguments.Count > 0)
        {
            if (Binary(1) is not { } argument)
            {
                return null;
            }

            arguments.Add(argument);
            if (_token.Kind != XPathTokenKind.Comma)
            {
                break;
            }

            Advance();
        }

        _depth--;
        return Close(XPathTokenKind.CloseParenthesis, open, ")")
            ? new FunctionCall(_text[name.Start..name.End], arguments) { Start = name.Start, End = _previous.End }
            : null;
    }

    private void Advance()
    {
        _previous = _token;
        _token = _lexer.Next();
    }

    private bool Close(XPathTokenKind kind, XPathToken open, string closing)
    {
        if (_token.Kind != kind)
        {
            Error ??= XPathErrors.NotClosed(_text, _previous, _token, open, closing);
            return false;
        }

        Advance();
        return true;
    }

    private bool Enter()
    {
        if (_depth == XPathParser.MaxNesting)
        {
            Error ??= XPathErrors.TooDeep(_text, _token);
            return false;
        }

        _depth++;
        return true;
    }

    private T? Fail<T>(string expected)
        where T : XPathNode
    {
        Error ??= XPathErrors.Of(_text, _previous, _token, expected);
        return null;
    }
}
