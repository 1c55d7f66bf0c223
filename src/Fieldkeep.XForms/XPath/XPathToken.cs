namespace Fieldkeep.XForms.XPath;

/// <summary>Names the tokens of XPath 1.0 and the <c>${…}</c> of XLSForm.</summary>
internal enum XPathTokenKind
{
    End,
    Number,
    Literal,

    /// <summary>A name with or without prefix, <c>p:*</c> too; may turn out to be an operator, a function or an axis.</summary>
    Name,
    Star,
    Variable,
    Reference,
    LastSavedReference,

    /// <summary>An operator that is no name and no star.</summary>
    Operator,
    Slash,
    DoubleSlash,
    Dot,
    DoubleDot,
    At,
    DoubleColon,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    Comma,

    /// <summary>Something that no expression can hold at this place.</summary>
    Bad,
}

/// <summary>Holds one token: its kind and where it stands; a bad one says why.</summary>
internal readonly record struct XPathToken(XPathTokenKind Kind, int Start, int End, string? Problem = null);
