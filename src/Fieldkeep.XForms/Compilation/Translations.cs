using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Holds one form of a text: its words and the node its references are relative to.</summary>
internal readonly record struct TranslatedText(string Text, FormNode? From);

/// <summary>
/// Collects the texts that live in itext, by language and id. Forms are <c>""</c> for the text
/// itself, <c>guidance</c>, and the media kinds.
/// </summary>
internal sealed class Translations
{
    private readonly string _defaultLanguage;

    private Translations(string defaultLanguage) => _defaultLanguage = defaultLanguage;

    /// <summary>Ids in order of first appearance, each with the forms it has in any language.</summary>
    public OrderedDictionary<string, List<string>> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>Texts by language, then by id and form.</summary>
    public OrderedDictionary<string, Dictionary<(string Id, string Form), TranslatedText>> Languages { get; } =
        new(StringComparer.Ordinal);

    /// <summary>Collects all texts of a form.</summary>
    public static Translations Collect(XlsFormDocument document, FormTree tree)
    {
        var translations = new Translations(document.Settings.DefaultLanguage);
        foreach (var list in document.Lists.Values.Where(list => list.NeedsItext))
        {
            for (var i = 0; i < list.Choices.Count; i++)
            {
                translations.Add($"{list.Name}-{i}", "", list.Choices[i].Label, null);
            }
        }

        var nodes = tree.Root.SelfAndDescendants().ToList();
        foreach (var node in nodes)
        {
            translations.AddNode(node);
        }

        foreach (var list in document.Lists.Values)
        {
            for (var i = 0; i < list.Choices.Count; i++)
            {
                translations.AddMedia($"{list.Name}-{i}", list.Choices[i].Media);
            }
        }

        foreach (var node in nodes)
        {
            translations.AddMedia($"{node.Path}:label", node.Media);
        }

        return translations;
    }

    /// <summary>Says whether a message of a bind lives in itext.</summary>
    public static bool IsItextMessage(string name, LocalText text) =>
        name switch
        {
            "jr:constraintMsg" or "jr:requiredMsg" => text.IsTranslated || text.HasReference,
            "jr:noAppErrorString" => text.IsTranslated,
            _ => false,
        };

    private void AddNode(FormNode node)
    {
        foreach (var (name, text) in node.Bind)
        {
            if (IsItextMessage(name, text))
            {
                Add($"{node.Path}:{name}", "", text, node);
            }
        }

        if (node.HasItextLabel)
        {
            Add($"{node.Path}:label", "", node.Label, node);
        }

        if (node.HasItextHint)
        {
            Add($"{node.Path}:hint", "", node.Hint, node);
            Add($"{node.Path}:hint", "guidance", node.GuidanceHint, node);
        }
    }

    private void AddMedia(string id, List<KeyValuePair<string, LocalText>> media)
    {
        foreach (var (kind, file) in media)
        {
            Add(id, kind, file, null);
        }
    }

    private void Add(string id, string form, LocalText? text, FormNode? from)
    {
        if (text is null)
        {
            return;
        }

        foreach (var (language, words) in text.ByLanguage(_defaultLanguage))
        {
            if (!Languages.TryGetValue(language, out var texts))
            {
                Languages.Add(language, texts = []);
            }

            texts[(id, form)] = new TranslatedText(words, from);
            if (!Ids.TryGetValue(id, out var forms))
            {
                Ids.Add(id, forms = []);
            }

            if (!forms.Contains(form, StringComparer.Ordinal))
            {
                forms.Add(form);
            }
        }
    }
}
