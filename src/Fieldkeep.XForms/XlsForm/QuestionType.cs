namespace Fieldkeep.XForms.XlsForm;

/// <summary>Says what happens to a question's node outside of binds: nothing, or one action.</summary>
internal enum TypeAction
{
    /// <summary>No action.</summary>
    None,

    /// <summary>The position is taken when the form is opened.</summary>
    StartGeopoint,

    /// <summary>The position is taken when the triggering question changes.</summary>
    BackgroundGeopoint,

    /// <summary>Sound is recorded while the form is open.</summary>
    BackgroundAudio,
}

/// <summary>Describes what a survey type compiles to.</summary>
/// <param name="Name">The first spelling of the type.</param>
/// <param name="Control">The body element; null when the question is not shown.</param>
/// <param name="Bind">Bind attributes, by name.</param>
internal sealed record QuestionType(string Name, string? Control, params (string Name, string Value)[] Bind)
{
    /// <summary>The value of the control's <c>mediatype</c>; null when it has none.</summary>
    public string? MediaType { get; init; }

    /// <summary>The hint used when the author wrote none.</summary>
    public string? Hint { get; init; }

    /// <summary>What else happens in the model or in the triggering control.</summary>
    public TypeAction Action { get; init; }

    /// <summary>True for the types that only declare a secondary instance.</summary>
    public bool IsExternalInstance => Name is "xml-external" or "csv-external";
}
