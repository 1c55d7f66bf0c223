using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds one form of a translated text: its value in each language that has one.</summary>
internal sealed class SourceText
{
    private readonly HashSet<string> _languages = new(StringComparer.Ordinal);

    /// <summary>Values by language, in the form's order of languages.</summary>
    public List<KeyValuePair<string, FormNode>> Values { get; } = [];

    /// <summary>Adds the value in a language, unless there is one.</summary>
    public void Add(string language, FormNode value)
    {
        if (_languages.Add(language))
        {
            Values.Add(KeyValuePair.Create(language, value));
        }
    }
}

/// <summary>Holds the translations of a form: by id, then by form (<c>""</c>, <c>guidance</c>, media kinds).</summary>
internal sealed class SourceTexts
{
    /// <summary>Characters of a text in one language without its id and words: <c>&lt;text id=""&gt;&lt;value&gt;-&lt;/value&gt;&lt;/text&gt;</c>.</summary>
    private const int TextFrame = 38;

    private readonly HashSet<string> _languages = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, OrderedDictionary<string, SourceText>> _byId = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>Reads the translations of a model.</summary>
    public SourceTexts(FormNode model)
    {
        foreach (var translation in model.Children.Where(n => n.Name == "itext").SelectMany(n => n.Children))
        {
            if (translation.Name == "translation")
            {
                Read(translation);
            }
        }

        DefaultLanguage ??= Languages.Count > 0 ? Languages[0] : "default";
        Trim();
    }

    /// <summary>Languages in the form's order.</summary>
    public List<string> Languages { get; } = [];

    /// <summary>The language marked as default, else the first.</summary>
    public string DefaultLanguage { get; private set; } = null!; // The constructor sets it.

    /// <summary>
    /// Characters, at least, of the translations of a form compiled from the texts used so far: each in each language, whether
    /// it was translated or not.
    /// </summary>
    public long CompiledSize => Languages.Count * _used.Where(_byId.ContainsKey).Sum(id => TextFrame + (long)id.Length);

    /// <summary>Ids that nothing has used so far.</summary>
    public IEnumerable<string> Unused => _byId.Keys.Where(id => !_used.Contains(id));

    /// <summary>Gives the forms of a text and counts it as used; null when there is no such text.</summary>
    public OrderedDictionary<string, SourceText>? Find(string id)
    {
        _used.Add(id);
        return _byId.GetValueOrDefault(id);
    }

    /// <summary>Gives the id in <c>jr:itext('id')</c>; null for anything else.</summary>
    public static string? IdIn(string? reference) =>
        reference is null ? null : XFormPaths.LiteralArgument(reference, "itext");

    /// <summary>Says whether a value is the sign for a missing translation.</summary>
    public static bool IsMissing(FormNode value) => !value.HasElements && value.InnerText().Trim() == "-";

    private void Read(FormNode translation)
    {
        var language = translation.Attribute("lang") ?? "";
        if (_languages.Add(language))
        {
            Languages.Add(language);
        }

        if (translation.Attribute("default") is { } isDefault && isDefault is not ("false" or "false()"))
        {
            DefaultLanguage ??= language;
        }

        foreach (var text in translation.Children.Where(node => node.Name == "text"))
        {
            if (text.Attribute("id") is not { } id)
            {
                continue;
            }

            if (!_byId.TryGetValue(id, out var forms))
            {
                _byId.Add(id, forms = new OrderedDictionary<string, SourceText>(StringComparer.Ordinal));
            }

            foreach (var value in text.Children.Where(node => node.Name == "value"))
            {
                var form = value.Attribute("form") ?? "";
                if (!forms.TryGetValue(form, out var source))
                {
                    forms.Add(form, source = new SourceText());
                }

                source.Add(language, value);
            }
        }
    }

    /// <summary>Drops the dashes that stand for missing translations, unless they are all that a language or a text has.</summary>
    private void Trim()
    {
        var all = _byId.Values.SelectMany(forms => forms.Values).ToList();
        var filled = all.SelectMany(text => text.Values)
            .Where(value => !IsMissing(value.Value))
            .Select(value => value.Key)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var text in all.Where(text => text.Values.Exists(value => !IsMissing(value.Value))))
        {
            text.Values.RemoveAll(value => filled.Contains(value.Key) && IsMissing(value.Value));
        }
    }
}
