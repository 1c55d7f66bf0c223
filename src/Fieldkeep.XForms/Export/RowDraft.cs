namespace Fieldkeep.XForms.Export;

/// <summary>Holds what a row of the survey sheet says beside its name, while it is put together.</summary>
/// <param name="type">The type, such as <c>integer</c> or <c>select_one yesno</c>.</param>
internal sealed class RowDraft(string type)
{
    private readonly List<string> _parameters = [];

    /// <summary>The type.</summary>
    public string Type { get; set; } = type;

    /// <summary>What the compiler writes into the bind by itself; attributes that are the same need no column.</summary>
    public Dictionary<string, string> KnownBind { get; } = new(StringComparer.Ordinal);

    /// <summary>Attributes of bind and control that the type or the parameters say already.</summary>
    public HashSet<string> Said { get; } = new(StringComparer.Ordinal);

    /// <summary>The choice filter; null when there is none.</summary>
    public string? Filter { get; set; }

    /// <summary>The parameters column; null when there are none.</summary>
    public string? Parameters => _parameters.Count == 0 ? null : string.Join(' ', _parameters);

    /// <summary>Adds a parameter where the column can hold its value; says whether it can.</summary>
    public bool TryAdd(string key, string? value)
    {
        if (string.IsNullOrEmpty(value) || value.Any(c => char.IsWhiteSpace(c) || c is '=' or ',' or ';')
            || (key is not ("label" or "value") && !value.StartsWith("${", StringComparison.Ordinal) && value.Any(char.IsUpper)))
        {
            return false;
        }

        _parameters.Add($"{key}={value}");
        return true;
    }

    /// <summary>Moves an attribute into a parameter where it can be one.</summary>
    public void Move(string attribute, string key, string? value, bool isAllowed = true)
    {
        if (isAllowed && TryAdd(key, value))
        {
            Said.Add(attribute);
        }
    }
}
