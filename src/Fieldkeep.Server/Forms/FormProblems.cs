using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.Server.Forms;

/// <summary>What can be wrong with a request about forms.</summary>
internal static class FormProblems
{
    public static ProblemException NotFound(string xmlFormId) => new(
        "form.not_found", 404, $"There is no form “{Shorten(xmlFormId)}” in this project.")
    { CentralCode = 404.1m };

    public static ProblemException NoDraft(string xmlFormId) => new(
        "form.no_draft", 404, $"The form “{Shorten(xmlFormId)}” has no draft. Upload one first.")
    { CentralCode = 404.1m };

    public static ProblemException DraftIsAll(string xmlFormId) => new(
        "form.draft_is_all",
        409,
        $"The form “{Shorten(xmlFormId)}” was never published: its draft is all there is. Delete the form, or upload another draft.")
    { CentralCode = 409.7m };

    public static ProblemException NoSuchFinding(string about) => new(
        "privacy.no_such_finding", 404, $"The privacy check finds nothing about “{Shorten(about)}”. Load the check again.");

    public static ProblemException PrivacyReasonInvalid(int longest) => new(
        "privacy.reason_invalid", 400, $"A reason has 1 to {longest} characters without control characters.");

    public static ProblemException NoSuchQuestion(string path) => new(
        "confidential.no_such_question", 404, $"No version of the form has a question “{Shorten(path)}”. Give its path, such as /data/group/question.");

    public static ProblemException ConfidentialKind(string kind) => new(
        "confidential.bad_kind", 400, $"“{Shorten(kind)}” is none of marked, declassified and removed.");

    public static ProblemException ConfidentialRadius() => new(
        "confidential.bad_radius", 400, "A radius is from 50 to 100000 metres, and goes with marking a question for one point.");

    public static ProblemException ConfidentialReason(int longest) => new(
        "confidential.reason_needed", 400, $"To protect a question less, give the reason in 1 to {longest} characters without control characters.");

    public static ProblemException ConfidentialAsked(string path) => new(
        "answers.confidential", 403, $"The answers to “{Shorten(path)}” are confidential: nobody can filter, sort or count by them.")
    { CentralCode = 403.1m };

    public static ProblemException IdReserved(string xmlFormId) => new(
        "form.id_reserved",
        400,
        $"The form_id “{Shorten(xmlFormId)}” ends in .xml, .xls or .xlsx, which addresses use for files. Give the form another form_id.")
    { CentralCode = 400.8m };

    public static ProblemException NotInTrash(string id) => new(
        "form.not_in_trash", 404, $"There is no form with the number “{Shorten(id)}” in this project's trash.")
    { CentralCode = 404.1m };

    public static ProblemException NotPublished(string xmlFormId) => new(
        "form.not_published", 404, $"The form “{Shorten(xmlFormId)}” has not been published yet.")
    { CentralCode = 404.1m };

    public static ProblemException NoSuchVersion(string xmlFormId, string version) => new(
        "form.no_such_version",
        404,
        $"The form “{Shorten(xmlFormId)}” has no version “{Shorten(version)}”. Get the current form from the server and try again.")
    { CentralCode = 404.6m };

    public static ProblemException NotAccepting(string xmlFormId) => new(
        "form.not_accepting", 409, $"The form “{Shorten(xmlFormId)}” is closed and takes no submissions. Ask the project's manager to open it.")
    { CentralCode = 409.2m };

    public static ProblemException Exists(string xmlFormId) => new(
        "form.exists",
        409,
        $"A form “{Shorten(xmlFormId)}” is in this project already. Upload a new draft of it, or give this one another form_id.")
    { CentralCode = 409.3m };

    public static ProblemException OtherForm(string expected, string actual) => new(
        "form.other_form_id",
        400,
        $"The file defines the form “{Shorten(actual)}”, but it was uploaded as a draft of “{Shorten(expected)}”. Set form_id to “{Shorten(expected)}”, or upload it as a new form.")
    { CentralCode = 400.8m };

    public static ProblemException VersionUsed(string xmlFormId, string version) => new(
        "form.version_used",
        409,
        $"Version “{Shorten(version)}” of the form “{Shorten(xmlFormId)}” was published before. Give the draft another version.")
    { CentralCode = 409.6m };

    public static ProblemException DraftChanged(string xmlFormId) => new(
        "form.draft_changed",
        409,
        $"The draft of “{Shorten(xmlFormId)}” was published or replaced by someone else in the meantime. Load the page again.")
    { CentralCode = 409.3m };

    public static ProblemException Refused(IReadOnlyList<Diagnostic> diagnostics) => new(
        "form.refused",
        400,
        diagnostics.FirstOrDefault(diagnostic => diagnostic.Severity == Severity.Error)?.Message
            ?? "The file is not a form.")
    {
        CentralCode = 400.15m,
        Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["diagnostics"] = diagnostics },
    };

    public static ProblemException Warned(IReadOnlyList<Diagnostic> diagnostics) => new(
        "form.warnings",
        400,
        "The form can be used but has warnings. Mend them, or upload again with ignoreWarnings=true.")
    {
        CentralCode = 400.16m,
        Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["diagnostics"] = diagnostics },
    };

    public static ProblemException PublicKeyTooLong(int mostCharacters) => new(
        "form.public_key_too_long",
        400,
        $"The form's public_key has more than {mostCharacters} characters. Give it an RSA key of 2,048 or 4,096 bits, without the lines that begin with hyphens.")
    { CentralCode = 400.8m };

    public static ProblemException NoSuchFile(string name) => new(
        "form.no_such_file", 404, $"The form asks for no file named “{Shorten(name)}”.")
    { CentralCode = 404.1m };

    public static ProblemException NoWorkbook(string xmlFormId) => new(
        "form.no_workbook",
        404,
        $"There is no such spreadsheet of the form “{Shorten(xmlFormId)}”: it was uploaded as another kind of file. Download its XForm.")
    { CentralCode = 404.1m };

    public static ProblemException WorkbookTooSmall(string xmlFormId, string reason) => new(
        "form.no_workbook",
        404,
        $"The form “{Shorten(xmlFormId)}” was uploaded as an XForm, and that does not fit into a spreadsheet. {reason} Download its XForm.")
    { CentralCode = 404.1m };

    public static ProblemException TooLarge(long maxBytes) => new(
        "form.too_large", 413, $"The file is larger than {maxBytes / (1024 * 1024)} MiB, the most a form may have.");

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
