namespace Fieldkeep.XForms.XlsForm;

/// <summary>
/// Bounds what one workbook can make the compiler do. Each limit is at least ten times what the largest known forms
/// need: 6 levels, 5,000 questions, 12 languages.
/// </summary>
internal static class FormLimits
{
    /// <summary>Groups, repeats and loops inside each other.</summary>
    public const int Nesting = 64;

    /// <summary>Rows of the survey sheet.</summary>
    public const int SurveyRows = 100_000;

    /// <summary>Rows of each other sheet; choices are the many ones.</summary>
    public const int OtherRows = 500_000;

    /// <summary>Nodes of the tree after loops are expanded.</summary>
    public const int Nodes = 200_000;

    /// <summary>Texts times languages.</summary>
    public const int Texts = 2_000_000;

    /// <summary>Named columns of the survey and choices sheets.</summary>
    public const int Columns = 2_000;

    /// <summary>Choices written into the selects themselves, because they search.</summary>
    public const int InlineChoices = 200_000;

    /// <summary>Characters of a name.</summary>
    public const int NameLength = 500;

    /// <summary>References in one cell.</summary>
    public const int References = 1_000;

    /// <summary>Unknown names for which a near one is looked for.</summary>
    public const int Suggestions = 50;
}
