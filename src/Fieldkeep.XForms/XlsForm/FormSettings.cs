namespace Fieldkeep.XForms.XlsForm;

/// <summary>Holds what the settings sheet says, with defaults applied.</summary>
internal sealed class FormSettings
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Values of <c>attribute::NAME</c> columns: attributes of the root node.</summary>
    public List<KeyValuePair<string, string>> RootAttributes { get; } = [];

    /// <summary>Values of <c>instance::NAME</c> columns: attributes of the root node, before the others.</summary>
    public List<KeyValuePair<string, string>> InstanceAttributes { get; } = [];

    /// <summary>Name of the root node.</summary>
    public string RootName { get; set; } = "data";

    /// <summary>Language of texts written once.</summary>
    public string DefaultLanguage { get; set; } = "default";

    /// <summary>The form's id, sent by clients with each submission.</summary>
    public string FormId { get; set; } = "data";

    /// <summary>True when groups leave no trace in the instance.</summary>
    public bool IsFlat => Value("flat") is not null;

    /// <summary>Sets a setting by its canonical name.</summary>
    public string? this[string name]
    {
        get => Value(name);
        set
        {
            if (value is null)
            {
                _values.Remove(name);
            }
            else
            {
                _values[name] = value;
            }
        }
    }

    /// <summary>Says whether a setting has a spelling of yes.</summary>
    public bool IsYes(string name) => YesNo.IsYes(Value(name));

    private string? Value(string name) => _values.GetValueOrDefault(name);
}
