namespace Fieldkeep.XForms.XPath;

/// <summary>Names the operators between two expressions.</summary>
public enum XPathOperator
{
    Or,
    And,

    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>&lt;</c></summary>
    Less,

    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,

    /// <summary><c>&gt;</c></summary>
    Greater,

    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,

    /// <summary><c>+</c></summary>
    Add,

    /// <summary><c>-</c></summary>
    Subtract,

    /// <summary><c>*</c></summary>
    Multiply,

    /// <summary><c>div</c></summary>
    Divide,

    /// <summary><c>mod</c></summary>
    Modulo,

    /// <summary><c>|</c></summary>
    Union,
}

/// <summary>Says how operators are written and how closely they bind.</summary>
internal static class XPathOperators
{
    /// <summary>How closely a minus sign before an expression binds: closer than <c>*</c>, less closely than <c>|</c>.</summary>
    public const int Negation = 7;

    /// <summary>How closely the parts of a path hold together.</summary>
    public const int Path = 9;

    /// <summary>How closely an operator binds; the greater the closer.</summary>
    public static int BindingOf(XPathOperator one) => one switch
    {
        XPathOperator.Or => 1,
        XPathOperator.And => 2,
        XPathOperator.Equal or XPathOperator.NotEqual => 3,
        XPathOperator.Add or XPathOperator.Subtract => 5,
        XPathOperator.Multiply or XPathOperator.Divide or XPathOperator.Modulo => 6,
        XPathOperator.Union => 8,
        _ => 4,
    };

    /// <summary>Writes an operator.</summary>
    public static string TextOf(XPathOperator one) => one switch
    {
        XPathOperator.Or => "or",
        XPathOperator.And => "and",
        XPathOperator.Equal => "=",
        XPathOperator.NotEqual => "!=",
        XPathOperator.Less => "<",
        XPathOperator.LessOrEqual => "<=",
        XPathOperator.Greater => ">",
        XPathOperator.GreaterOrEqual => ">=",
        XPathOperator.Add => "+",
        XPathOperator.Subtract => "-",
        XPathOperator.Multiply => "*",
        XPathOperator.Divide => "div",
        XPathOperator.Modulo => "mod",
        _ => "|",
    };
}
