namespace Fieldkeep.XForms.Privacy;

/// <summary>Names what an author can do about a finding.</summary>
public enum RemedyKind
{
    /// <summary>Delete the question when nobody will use the answer.</summary>
    RemoveQuestion,

    /// <summary>Let only holders of a right see the answers.</summary>
    MarkConfidential,

    /// <summary>Let only holders of a right see the point; others see it displaced.</summary>
    DisplacePlace,

    /// <summary>Ask for a code of a list kept elsewhere instead of a name or number.</summary>
    CodeInstead,

    /// <summary>Ask for the year of birth.</summary>
    YearOfBirth,

    /// <summary>Ask for a group of ages.</summary>
    AgeGroups,

    /// <summary>Ask for an area from a list instead of a point.</summary>
    AreaInstead,

    /// <summary>Ask for a larger place.</summary>
    LargerPlace,

    /// <summary>Offer a list of choices instead of free text.</summary>
    SelectInstead,

    /// <summary>Offer ranges instead of an exact number.</summary>
    RangesInstead,

    /// <summary>Offer a choice for those who would rather not say.</summary>
    MayNotSay,

    /// <summary>Say in the hint what must not be in the picture.</summary>
    NoFaces,

    /// <summary>Write down the answer instead of recording voices.</summary>
    WriteInstead,

    /// <summary>Say in the hint that no names or places are to be written.</summary>
    HintNoNames,

    /// <summary>Add a question that asks for consent before all others.</summary>
    AddConsent,

    /// <summary>Put names and contacts in a form of their own, linked by a code.</summary>
    SplitForm,

    /// <summary>Delete the rows of device metadata.</summary>
    DropMetadata,

    /// <summary>Let the audit log no places.</summary>
    AuditWithoutPlace,

    /// <summary>Ask for the place openly, or not at all.</summary>
    NoBackground,

    /// <summary>Encrypt the submissions to a key the server does not have.</summary>
    EncryptForm,
}

/// <summary>Tells what to do, with the rows of the XLSForm as they would be written.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Rows">Rows to write or change; empty when rows are only deleted.</param>
public sealed record PrivacyRemedy(RemedyKind Kind, IReadOnlyList<RemedyRow> Rows);

/// <summary>Shows one row of an XLSForm.</summary>
/// <param name="Sheet">Sheet it belongs on: <c>survey</c>, <c>choices</c> or <c>settings</c>.</param>
/// <param name="Cells">Cells by column, in the order of the columns.</param>
public sealed record RemedyRow(string Sheet, IReadOnlyList<RemedyCell> Cells);

/// <summary>Shows one cell of an XLSForm.</summary>
public sealed record RemedyCell(string Column, string Value);
