using System.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.Server.Forms;

/// <summary>A form version as a spreadsheet.</summary>
/// <param name="Content">The file's bytes.</param>
/// <param name="Extension">What kind of file it is: <c>.xlsx</c>, <c>.xls</c>, <c>.csv</c> or <c>.md</c>.</param>
/// <param name="IsMadeFromXForm">Whether it was made from the XForm; false for the file that was uploaded.</param>
/// <param name="Notes">How many things it says differently than the XForm or not at all; 0 for the file that was uploaded.</param>
internal sealed record GivenWorkbook(byte[] Content, string Extension, bool IsMadeFromXForm, int Notes = 0);

/// <summary>Gives form versions as spreadsheets: the one that was uploaded, else one made from the XForm. Callers check access first.</summary>
internal sealed class FormWorkbooks(FormQueries queries, FormFiles files, MakeWorkbooks make)
{
    /// <summary>Gives the file that was uploaded, or a workbook made from the XForm that was uploaded.</summary>
    /// <exception cref="ProblemException"><c>form.no_workbook</c>: the XForm holds more than a workbook can.</exception>
    public async Task<GivenWorkbook> GetAsync(
        ProjectRef project, Form form, FormVersionId version, CancellationToken cancellationToken)
    {
        if (await queries.FindWorkbookAsync(version, cancellationToken) is { Workbook: { } uploaded } found)
        {
            return new GivenWorkbook(uploaded, ExtensionOf(uploaded, found.WorkbookType), IsMadeFromXForm: false);
        }

        var made = await make.RunAsync(
            async turn => (await queries.GetXmlAsync(version, turn), await ReadItemsetsAsync(project, version, turn)), cancellationToken);
        return made.Content is null
            ? throw FormProblems.WorkbookTooSmall(form.XmlFormId, made.Refusal ?? "")
            : new GivenWorkbook(made.Content, ".xlsx", IsMadeFromXForm: true, made.Notes);
    }

    /// <summary>Gives the file that was uploaded, when it is of the kind asked for.</summary>
    /// <exception cref="ProblemException"><c>form.no_workbook</c>: it was uploaded as something else.</exception>
    public async Task<GivenWorkbook> GetUploadedAsync(
        Form form, FormVersionId version, string extension, CancellationToken cancellationToken) =>
        await queries.FindWorkbookAsync(version, cancellationToken) is { Workbook: { } uploaded } found
            && ExtensionOf(uploaded, found.WorkbookType) == extension
                ? new GivenWorkbook(uploaded, extension, IsMadeFromXForm: false)
                : throw FormProblems.NoWorkbook(form.XmlFormId);

    // Names lie (.xls on what is an .xlsx) and scripts send none; the first bytes do not.
    private static string ExtensionOf(ReadOnlySpan<byte> content, string? named) => content switch
    {
        [(byte)'P', (byte)'K', ..] => ".xlsx",
        [0xD0, 0xCF, 0x11, 0xE0, ..] => ".xls",
        _ => string.Equals(named, ".csv", StringComparison.OrdinalIgnoreCase) ? ".csv" : ".md",
    };

    private async Task<string?> ReadItemsetsAsync(ProjectRef project, FormVersionId version, CancellationToken cancellationToken)
    {
        var stored = await queries.ListStoredFilesAsync(version, cancellationToken);
        if (stored.FirstOrDefault(file => file.Name == FormFiles.ItemsetsName) is not { } itemsets
            || itemsets.Size > WorkbookLimits.MaxBytes)
        {
            return null;
        }

        await using var content = await files.OpenReadAsync(project, itemsets, cancellationToken);
        using var text = new StreamReader(content, Encoding.UTF8);
        return await text.ReadToEndAsync(cancellationToken);
    }
}
