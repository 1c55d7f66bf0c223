using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Reads the translations of a form and resolves its labels, hints and messages.</summary>
internal sealed class XFormTexts
{
    private readonly Dictionary<string, Dictionary<string, string>> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FormText> _resolved = new(StringComparer.Ordinal);

    public XFormTexts(FormNode model)
    {
        var languages = new List<string>();
        foreach (var translation in model.Child("itext")?.Children.Where(node => node.Name == "translation") ?? [])
        {
            var language = translation.Attribute("lang") ?? "";
            languages.Add(language);
            if (translation.Attribute("default") is { } isDefault && isDefault is not ("false" or "false()"))
            {
                DefaultLanguage ??= language;
            }

            foreach (var text in translation.Children.Where(node => node.Name == "text"))
            {
                ReadText(text, language);
            }
        }

        Languages = [.. languages.Distinct(StringComparer.Ordinal)];
        DefaultLanguage ??= languages.FirstOrDefault();
    }

    public IReadOnlyList<string> Languages { get; }

    public string? DefaultLanguage { get; }

    /// <summary>Addresses of media shown with texts, in document order.</summary>
    public List<string> Media { get; } = [];

    /// <summary>Resolves a <c>label</c> or <c>hint</c> element; null gives the empty text.</summary>
    public FormText Of(FormNode? node)
    {
        if (node is null)
        {
            return FormText.Empty;
        }

        return node.Attribute("ref") is { } reference && XFormPaths.LiteralArgument(reference, "itext") is { } id
            ? Find(id)
            : FormText.Of(Flatten(node));
    }

    /// <summary>Resolves an attribute that holds a text or <c>jr:itext('id')</c>.</summary>
    public FormText OfAttribute(string? value) =>
        value is not null && XFormPaths.LiteralArgument(value, "itext") is { } id ? Find(id) : FormText.Of(value);

    /// <summary>Finds a translated text by its id; the empty text when there is none.</summary>
    public FormText Find(string id)
    {
        if (_resolved.TryGetValue(id, out var text))
        {
            return text;
        }

        if (!_byId.TryGetValue(id, out var values))
        {
            return FormText.Empty;
        }

        // pyxform fills a missing translation with "-"; a reader should see another language instead.
        if (values.Values.Any(value => value != "-"))
        {
            foreach (var (language, _) in values.Where(pair => pair.Value == "-").ToList())
            {
                values.Remove(language);
            }
        }

        text = values.Count == 0 ? FormText.Empty : new FormText(values);
        _resolved.Add(id, text);
        return text;
    }

    /// <summary>Joins a text with its references shown as <c>${name}</c>.</summary>
    public static string Flatten(FormNode node)
    {
        if (!node.HasElements)
        {
            return node.InnerText().Trim();
        }

        var joined = new StringBuilder();
        Append(node, joined);
        return joined.ToString().Trim();
    }

    private static void Append(FormNode node, StringBuilder joined)
    {
        foreach (var child in node.Children)
        {
            if (child.IsText)
            {
                joined.Append(child.Text);
            }
            else if (child.Name == "output")
            {
                var expression = (child.Attribute("value") ?? child.Attribute("ref") ?? "").Trim();
                joined.Append("${").Append(expression[(expression.LastIndexOf('/') + 1)..]).Append('}');
            }
            else
            {
                Append(child, joined);
            }
        }
    }

    private void ReadText(FormNode text, string language)
    {
        if (text.Attribute("id") is not { } id)
        {
            return;
        }

        string? plain = null;
        string? other = null;
        foreach (var value in text.Children.Where(node => node.Name == "value"))
        {
            var form = value.Attribute("form");
            if (form is "image" or "big-image" or "audio" or "video")
            {
                Media.Add(value.InnerText().Trim());
            }
            else if (form is null or "")
            {
                plain ??= Flatten(value);
            }
            else if (form is "long" or "short")
            {
                other ??= Flatten(value);
            }
        }

        if ((plain ?? other) is { Length: > 0 } found)
        {
            if (!_byId.TryGetValue(id, out var values))
            {
                _byId.Add(id, values = new Dictionary<string, string>(StringComparer.Ordinal));
            }

            values.TryAdd(language, found);
        }
    }
}
