namespace Fieldkeep.XForms.XPath;

/// <summary>Names the tokens that deciding about a text needs; all others are <see cref="Other"/>.</summary>
internal enum ExpressionTokenKind
{
    /// <summary>Any token that decides nothing.</summary>
    Other,

    /// <summary>A date, a time, or both.</summary>
    Instant,

    /// <summary>A number, with its sign.</summary>
    Number,

    /// <summary><c>* + -</c>, or <c> mod </c> and <c> div </c> with their spaces.</summary>
    Math,

    /// <summary>A comparison, or <c> and </c> and <c> or </c> with their spaces.</summary>
    Operator,

    /// <summary>The union bar.</summary>
    Union,

    /// <summary>A closing parenthesis.</summary>
    CloseParenthesis,

    /// <summary>A text in quotes.</summary>
    Literal,

    /// <summary>White space.</summary>
    Space,

    /// <summary>A <c>${name}</c>.</summary>
    Reference,

    /// <summary>A function name with its opening parenthesis.</summary>
    Function,

    /// <summary>An opening bracket, with the name before it when there is one.</summary>
    PredicateStart,

    /// <summary>A closing bracket.</summary>
    PredicateEnd,
}

/// <summary>Holds one token: its kind and where it stands.</summary>
internal readonly record struct ExpressionToken(ExpressionTokenKind Kind, int Start, int Length)
{
    /// <summary>Index after the token.</summary>
    public int End => Start + Length;
}
