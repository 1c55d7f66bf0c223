namespace Fieldkeep.Server.Answers.Filters;

/// <summary>
/// Reads OData's <c>$filter</c>, the part that questions and submissions need: comparisons, <c>and or not in</c>,
/// parentheses, functions, <c>any</c> and <c>all</c>. OData 4.01, Part 2, 5.1.1.
/// </summary>
internal sealed class FilterParser
{
    /// <summary>The longest filter, in characters.</summary>
    public const int MostCharacters = 8_192;

    private const int MostDepth = 64;
    private const int MostNodes = 1_000;

    private static readonly string[] Comparisons = ["eq", "ne", "gt", "ge", "lt", "le"];

    private readonly IReadOnlyList<FilterToken> _tokens;
    private int _at;
    private int _depth;
    private int _nodes;

    private FilterParser(IReadOnlyList<FilterToken> tokens) => _tokens = tokens;

    private FilterToken Next => _tokens[_at];

    /// <summary>Reads a filter.</summary>
    /// <exception cref="Kernel.ProblemException"><c>filter.unreadable</c>, <c>filter.too_long</c>, <c>filter.too_complex</c>.</exception>
    public static FilterNode Read(string text)
    {
        if (text.Length > MostCharacters)
        {
            throw FilterProblems.TooLong(MostCharacters);
        }

        var parser = new FilterParser(FilterLexer.Read(text));
        var filter = parser.ReadOr();
        return parser.Next.Kind == TokenKind.End ? filter : throw parser.Unexpected("the end, “and” or “or”");
    }

    private FilterNode ReadOr() => ReadLogic("or", isAnd: false, ReadAnd);

    private FilterNode ReadAnd() => ReadLogic("and", isAnd: true, ReadNot);

    private FilterNode ReadLogic(string word, bool isAnd, Func<FilterNode> readPart)
    {
        var position = Next.Position;
        var first = readPart();
        if (!IsWord(word))
        {
            return first;
        }

        var parts = new List<FilterNode> { first };
        while (TakeWord(word))
        {
            parts.Add(readPart());
        }

        return Count(new LogicNode(position, isAnd, parts));
    }

    private FilterNode ReadNot()
    {
        if (!IsWord("not"))
        {
            return ReadComparison();
        }

        var position = Take().Position;
        return Deeper(() => Count(new NotNode(position, ReadNot())));
    }

    private FilterNode ReadComparison()
    {
        var left = ReadOperand();
        if (Next.Kind != TokenKind.Word)
        {
            return left;
        }

        if (Comparisons.Contains(Next.Value))
        {
            var word = Take();
            return Count(new CompareNode(word.Position, word.Value, left, ReadOperand()));
        }

        if (IsWord("in"))
        {
            var position = Take().Position;
            RequireSign("(");
            return Count(new InNode(position, left, ReadList()));
        }

        return left;
    }

    private FilterNode ReadOperand() => Next.Kind switch
    {
        TokenKind.Text => ReadText(),
        TokenKind.Literal => ReadLiteral(),
        TokenKind.Word => ReadWord(),
        TokenKind.Sign when Next.Value == "(" => Deeper(ReadInParentheses),
        _ => throw Unexpected("a question, a value or “(”"),
    };

    private LiteralNode ReadText()
    {
        var token = Take();
        return Count(new LiteralNode(token.Position, FilterValue.Of(token.Value)));
    }

    private LiteralNode ReadLiteral()
    {
        var token = Take();
        return FilterValue.TryParse(token.Value) is { } value
            ? Count(new LiteralNode(token.Position, value))
            : throw FilterProblems.Unreadable(
                token.Position,
                "this is no number, date (2026-11-21), time (06:30:00) or instant (2026-11-21T06:30:00Z). Texts stand in 'single quotes'; a “+” in an address is written %2B.");
    }

    private FilterNode ReadInParentheses()
    {
        Take();
        var inside = ReadOr();
        RequireSign(")");
        return inside;
    }

    private FilterNode ReadWord()
    {
        var token = Take();
        switch (token.Value)
        {
            case "null":
                return Count(new LiteralNode(token.Position, FilterValue.Null));
            case "true" or "false":
                return Count(new LiteralNode(token.Position, FilterValue.Of(token.Value == "true")));
            default:
                return IsSign("(") ? Deeper(() => ReadCall(token)) : ReadPath(token);
        }
    }

    private CallNode ReadCall(FilterToken name)
    {
        RequireSign("(");
        var dotted = name.Value;
        return Count(new CallNode(name.Position, dotted, IsSign(")") ? TakeNone() : ReadList()));
    }

    private FilterNode[] TakeNone()
    {
        Take();
        return [];
    }

    // Up to and with the closing parenthesis.
    private List<FilterNode> ReadList()
    {
        var parts = new List<FilterNode>();
        do
        {
            parts.Add(Deeper(ReadOr));
        }
        while (TakeSign(","));
        RequireSign(")");
        return parts;
    }

    private FilterNode ReadPath(FilterToken first)
    {
        var steps = new List<string> { first.Value };
        while (TakeSign("/"))
        {
            if (Next.Kind != TokenKind.Word)
            {
                throw Unexpected("the next step of the path");
            }

            var step = Take();
            if (step.Value is "any" or "all" && IsSign("("))
            {
                return Deeper(() => ReadLambda(first.Position, steps, step.Value == "all"));
            }

            steps.Add(step.Value);
        }

        return Count(new PathNode(first.Position, steps));
    }

    private LambdaNode ReadLambda(int position, List<string> path, bool isAll)
    {
        RequireSign("(");
        if (!isAll && TakeSign(")"))
        {
            return Count(new LambdaNode(position, path, isAll, "", null));
        }

        var variable = Next.Kind == TokenKind.Word ? Take().Value : throw Unexpected("a name for the row, such as r");
        RequireSign(":");
        var inside = ReadOr();
        RequireSign(")");
        return Count(new LambdaNode(position, path, isAll, variable, inside));
    }

    private T Deeper<T>(Func<T> read)
    {
        if (++_depth > MostDepth)
        {
            throw FilterProblems.TooComplex(Next.Position, $"more than {MostDepth} levels of parentheses");
        }

        var node = read();
        _depth--;
        return node;
    }

    private T Count<T>(T node)
        where T : FilterNode =>
        ++_nodes <= MostNodes ? node : throw FilterProblems.TooComplex(node.Position, $"more than {MostNodes} parts");

    private FilterToken Take() => _tokens[_at++];

    private bool IsWord(string word) => Next.Kind == TokenKind.Word && Next.Value == word;

    private bool TakeWord(string word)
    {
        if (!IsWord(word))
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool IsSign(string sign) => Next.Kind == TokenKind.Sign && Next.Value == sign;

    private bool TakeSign(string sign)
    {
        if (!IsSign(sign))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void RequireSign(string sign)
    {
        if (!TakeSign(sign))
        {
            throw Unexpected($"“{sign}”");
        }
    }

    private Kernel.ProblemException Unexpected(string wanted) => FilterProblems.Unreadable(
        Next.Position, Next.Kind == TokenKind.End ? $"it ends where {wanted} should be." : $"here should be {wanted}.");
}
