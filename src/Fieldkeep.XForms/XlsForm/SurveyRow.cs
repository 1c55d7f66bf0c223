namespace Fieldkeep.XForms.XlsForm;

/// <summary>Holds one row of the survey sheet with its columns grouped.</summary>
internal sealed class SurveyRow
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The spreadsheet row.</summary>
    public required int Number { get; init; }

    /// <summary>The type as typed.</summary>
    public string? Type => Value("type");

    /// <summary>The name as typed.</summary>
    public string? Name => Value("name");

    /// <summary>Texts shown with the question.</summary>
    public LocalText? Label { get; private set; }

    /// <summary>Text shown below the label.</summary>
    public LocalText? Hint { get; private set; }

    /// <summary>Text for trainers, hidden by default.</summary>
    public LocalText? GuidanceHint { get; private set; }

    /// <summary>Media by kind, in column order.</summary>
    public List<KeyValuePair<string, LocalText>> Media { get; } = [];

    /// <summary>Bind attributes in column order.</summary>
    public List<KeyValuePair<string, LocalText>> Bind { get; } = [];

    /// <summary>Control attributes in column order.</summary>
    public List<KeyValuePair<string, string>> Control { get; } = [];

    /// <summary>Attributes of the instance node in column order.</summary>
    public List<KeyValuePair<string, string>> Instance { get; } = [];

    /// <summary>True when the row has no value at all.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Finds a plain column's value; null when absent.</summary>
    public string? Value(string column) => _values.GetValueOrDefault(column);

    /// <summary>Finds a bind column's text; null when absent.</summary>
    public LocalText? BindText(string name) => Find(Bind, name);

    /// <summary>Finds a control column's value; null when absent.</summary>
    public string? ControlValue(string name) => Find(Control, name);

    /// <summary>Adds a cell; says false when the column's path has more parts than the column can have.</summary>
    public bool Add(string[] path, string value, string defaultLanguage)
    {
        IsEmpty = false;
        switch (path)
        {
            case ["label", .. var language] when language.Length < 2:
                (Label ??= new LocalText()).Add(language.FirstOrDefault(), value, defaultLanguage);
                return true;
            case ["hint", .. var language] when language.Length < 2:
                (Hint ??= new LocalText()).Add(language.FirstOrDefault(), value, defaultLanguage);
                return true;
            case ["guidance_hint", .. var language] when language.Length < 2:
                (GuidanceHint ??= new LocalText()).Add(language.FirstOrDefault(), value, defaultLanguage);
                return true;
            case ["media", var kind, .. var language] when language.Length < 2:
                AddText(Media, kind, language.FirstOrDefault(), value, defaultLanguage);
                return true;
            case ["bind", var name, .. var language] when language.Length < 2:
                AddText(Bind, name, language.FirstOrDefault(), value, defaultLanguage);
                return true;
            case ["control", .. var name] when name.Length > 0:
                // body:esri:style split at single colons names one attribute.
                Set(Control, string.Join(':', name), value);
                return true;
            case ["instance", .. var name] when name.Length > 0:
                Set(Instance, string.Join(':', name), value);
                return true;
            case ["label" or "hint" or "guidance_hint" or "media" or "bind" or "control" or "instance", _, ..]:
                return false;
            case ["media"]:
                // A plain media column shows nothing, but counts as a label.
                Label ??= LocalText.Of("");
                return true;
            case [var plain]:
                _values.TryAdd(plain, value);
                return true;
            default:
                return true;
        }
    }

    private static void AddText(
        List<KeyValuePair<string, LocalText>> texts, string key, string? language, string value, string defaultLanguage)
    {
        var text = Find(texts, key);
        if (text is null)
        {
            text = new LocalText();
            texts.Add(KeyValuePair.Create(key, text));
        }

        text.Add(language, value, defaultLanguage);
    }

    private static void Set(List<KeyValuePair<string, string>> values, string key, string value)
    {
        var index = values.FindIndex(pair => pair.Key == key);
        if (index < 0)
        {
            values.Add(KeyValuePair.Create(key, value));
        }
    }

    private static T? Find<T>(List<KeyValuePair<string, T>> pairs, string key)
        where T : class
    {
        foreach (var pair in pairs)
        {
            if (pair.Key == key)
            {
                return pair.Value;
            }
        }

        return null;
    }
}
