namespace Fieldkeep.XForms.Dialects;

/// <summary>Describes how the workbooks of another tool differ from XLSForm, in the words their authors know.</summary>
/// <param name="Tool">The tool's name.</param>
/// <param name="Understood">What of such a workbook is read, as a sentence.</param>
/// <param name="ToChange">What its author has to change, as a sentence.</param>
internal sealed record FormDialect(string Tool, string Understood, string ToChange)
{
    /// <summary>SurveyCTO's form definitions: XLSForm with types and columns for quality control.</summary>
    public static readonly FormDialect SurveyCto = new(
        "SurveyCTO",
        "Questions, groups, repeats, choices and expressions mean the same here; the columns note, response_note, " +
        "publishable, minimum_seconds and the help sheets are passed over",
        "Replace the types that only SurveyCTO has (caseid, calculate_here, audio audit, …), and functions such as " +
        "duration(), index() or count-if(), by ODK's; field plug-ins in “appearance” have no effect");

    /// <summary>Forms of the Community Health Toolkit, which its app fills from contacts it knows.</summary>
    public static readonly FormDialect Cht = new(
        "the Community Health Toolkit (CHT)",
        "Questions, groups, choices and expressions mean the same here; instance:: columns are kept as attributes",
        "Nothing fills the group “inputs” or opens the CHT's contact pickers: ask for these values, or read them from an entity " +
        "list with select_one_from_file. Replace the types db:… and tel, and rename a group named “meta”");

    /// <summary>ODK-X Survey: another language for another server, in sheets that only look alike.</summary>
    public static readonly FormDialect OdkX = new(
        "ODK-X Survey",
        "ODK-X is no XLSForm: the clauses (if, goto, begin screen), JavaScript conditions, queries, linked tables and prompt types " +
        "cannot be read",
        "Write the form anew as an XLSForm: type and name stay; display.prompt.text becomes label; values_list goes into " +
        "the type (select_one LIST); if … end if becomes a group with relevant; assign becomes calculate; a linked table becomes " +
        "a repeat or an entity list; choice_list_name and data_value become list_name and name");

    /// <summary>Workbooks downloaded from KoboToolbox with question kinds that its server writes out before use.</summary>
    public static readonly FormDialect Kobo = new(
        "KoboToolbox",
        "Everything but ratings, rankings and question matrices means the same here; the columns $kuid, $autoname and kobo--… " +
        "are passed over",
        "Write ratings, rankings and matrices (begin_score, begin_rank, begin_kobomatrix) as the questions they consist of");
}
