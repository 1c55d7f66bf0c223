using System.Text;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Knows the namespace prefixes of a form: the built-in ones and those of the settings.</summary>
internal static class FormNamespaces
{
    /// <summary>The prefix and address of entity attributes.</summary>
    public const string EntitiesAddress = "http://www.opendatakit.org/xforms/entities";

    /// <summary>The prefix of marks on confidential questions.</summary>
    public const string ConfidentialPrefix = "fk";

    /// <summary>The prefixes every form declares, in their order.</summary>
    public static IReadOnlyList<(string Prefix, string Address)> BuiltIn { get; } =
    [
        ("", "http://www.w3.org/2002/xforms"),
        ("h", "http://www.w3.org/1999/xhtml"),
        ("ev", "http://www.w3.org/2001/xml-events"),
        ("xsd", "http://www.w3.org/2001/XMLSchema"),
        ("jr", "http://openrosa.org/javarosa"),
        ("orx", "http://openrosa.org/xforms"),
        ("odk", "http://www.opendatakit.org/xforms"),
    ];

    /// <summary>Gives all prefixes that names of this form may use.</summary>
    public static IReadOnlySet<string> Prefixes(FormSettings settings) => BuiltIn.Concat(Custom(settings))
        .Select(known => known.Prefix)
        .Concat(["entities", ConfidentialPrefix, "xml"])
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Says whether a name can be an element: a valid name whose prefix, if any, is declared.</summary>
    public static bool IsElementName(string name, IReadOnlySet<string> prefixes)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return XmlNames.IsName(name) && (colon < 0 || prefixes.Contains(name[..colon]));
    }

    /// <summary>Reads the setting <c>namespaces</c>: <c>prefix="uri"</c> separated by white space.</summary>
    public static IReadOnlyList<(string Prefix, string Address)> Custom(FormSettings settings)
    {
        var found = new List<(string Prefix, string Address)>();
        var text = settings["namespaces"] ?? "";
        foreach (var item in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = item.Split('=');
            if (parts.Length != 2 || parts[0].Length == 0)
            {
                continue;
            }

            var address = Unquote(parts[1]);
            if (XmlNames.IsNcName(parts[0])
                && !parts[0].StartsWith("xml", StringComparison.OrdinalIgnoreCase)
                && IsUsableAddress(address)
                && !BuiltIn.Any(known => known.Prefix == parts[0]) && !found.Exists(known => known.Prefix == parts[0]))
            {
                found.Add((parts[0], address));
            }
        }

        return found;
    }

    /// <summary>Says whether a namespace may be declared: the two that XML itself owns may not.</summary>
    public static bool IsUsableAddress(string? address) =>
        address is { Length: > 0 } and not ("http://www.w3.org/XML/1998/namespace" or "http://www.w3.org/2000/xmlns/");

    private static string Unquote(string text)
    {
        var unquoted = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is not ('"' or '\''))
            {
                unquoted.Append(c);
            }
        }

        return unquoted.ToString();
    }
}
