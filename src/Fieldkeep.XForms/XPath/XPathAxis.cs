namespace Fieldkeep.XForms.XPath;

/// <summary>Names the thirteen directions of XPath 1.0; in XPath their names are lower case with hyphens.</summary>
public enum XPathAxis
{
    /// <summary>The default: elements inside.</summary>
    Child,
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    Self,
}

/// <summary>Converts axes from and to their names.</summary>
internal static class XPathAxes
{
    private static readonly string[] Names =
    [
        "child", "ancestor", "ancestor-or-self", "attribute", "descendant", "descendant-or-self", "following",
        "following-sibling", "namespace", "parent", "preceding", "preceding-sibling", "self",
    ];

    /// <summary>The names of all axes.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>Gives an axis its name.</summary>
    public static string NameOf(XPathAxis axis) => Names[(int)axis];

    /// <summary>Finds an axis by name; null when there is none.</summary>
    public static XPathAxis? Find(string name) =>
        Array.IndexOf(Names, name) is >= 0 and var index ? (XPathAxis)index : null;
}
