using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Exports.Decryption;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports;

/// <summary>What exports of a form can hold.</summary>
/// <param name="Languages">Languages of its labels, as <c>language</c> names them; empty when it is not translated.</param>
/// <param name="DefaultLanguage">The language when none is asked for; null when it is not translated.</param>
/// <param name="Versions">Names of the versions, the newest first; of the draft alone when its tests are meant.</param>
/// <param name="Keys">Keys whose passphrases open answers that phones encrypted; empty when there are none.</param>
/// <param name="Tables">That of the submissions, then one for each repeat.</param>
internal sealed record ExportContents(
    IReadOnlyList<string> Languages,
    string? DefaultLanguage,
    IReadOnlyList<string> Versions,
    IReadOnlyList<ContentKey> Keys,
    IReadOnlyList<ContentTable> Tables);

/// <summary>A key that a passphrase opens.</summary>
/// <param name="Hint">What reminds of the passphrase; null without one.</param>
internal sealed record ContentKey(long Id, string? Hint);

/// <summary>A table of an export.</summary>
/// <param name="Path">Empty for the submissions.</param>
/// <param name="Label">The repeat's label; the form's title for the submissions.</param>
internal sealed record ContentTable(string Path, string Name, string Label, IReadOnlyList<ContentColumn> Columns);

/// <summary>A question of a table.</summary>
/// <param name="Path">What <c>columns</c> and <c>geometry</c> call it.</param>
/// <param name="Type">The answer's type in XForms words, such as <c>int</c> or <c>selectOne</c>.</param>
/// <param name="IsEarlier">Whether only earlier versions of the form ask it.</param>
internal sealed record ContentColumn(string Path, string Name, string Label, string Type, bool IsEarlier);

/// <summary>Tells what can be asked of the exports of a form, all its versions together.</summary>
internal sealed class DescribeExports(FindSubmissions find, FormShapes shapes, UsedKeys keys)
{
    /// <summary>Gives the tables and languages, in the form's order.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>, <c>form.no_draft</c>.
    /// </exception>
    public async Task<ExportContents> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, bool isDraft, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionExport, project, xmlFormId, isDraft, cancellationToken);
        var shape = await shapes.GetAsync(set, allVersions: true, cancellationToken);
        var asked = new FormTables([shape.Newest]).Tables
            .SelectMany(table => table.Columns)
            .Select(column => column.Path)
            .ToHashSet(StringComparer.Ordinal);
        var language = shape.Newest.DefaultLanguage;
        return new ExportContents(
            shape.Newest.Languages,
            language,
            [.. shape.Versions.Values.Distinct(StringComparer.Ordinal)],
            [.. (await keys.ListAsync(set, cancellationToken)).Where(key => key.IsManaged).Select(key => new ContentKey(key.Id.Value, key.Hint))],
            [
                .. shape.Tables.Tables.Select(table => new ContentTable(
                    table.Path,
                    table.Name,
                    table.Parent is null ? shape.Newest.Title : table.Element.Label.Find(language) ?? table.Name,
                    ColumnsOf(table, language, asked))),
            ]);
    }

    private static IReadOnlyList<ContentColumn> ColumnsOf(FormTable table, string? language, HashSet<string> asked) =>
    [
        .. from column in table.Columns
           let question = column.Question
           where question is not null
           select new ContentColumn(
               column.Path,
               column.Name,
               question.Label.Find(language) ?? column.Name,
               TypeName.Of(question.DataType),
               !asked.Contains(column.Path)),
    ];
}
