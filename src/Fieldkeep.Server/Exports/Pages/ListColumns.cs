using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>A choice as the table shows it.</summary>
internal sealed record ChoiceItem(string Name, string Label);

/// <summary>A column of the table: one question over all versions of the form.</summary>
/// <param name="Path">Key of its answers in a row's <c>values</c>.</param>
/// <param name="Type">The answer's type in XForms words, such as <c>int</c> or <c>selectOne</c>.</param>
/// <param name="Choices">Null when it has none, or they come from a file.</param>
internal sealed record ColumnItem(string Path, string Name, string Label, string Type, IReadOnlyList<ChoiceItem>? Choices);

/// <summary>A group of questions.</summary>
/// <param name="Path">What the paths of its questions begin with.</param>
internal sealed record GroupItem(string Path, string Label);

/// <summary>A repeat of the form.</summary>
/// <param name="Columns">Its questions, without those of repeats inside it; rows of the table hold none of their answers.</param>
internal sealed record RepeatItem(string Path, string Name, string Label, IReadOnlyList<ColumnItem> Columns);

/// <summary>What the data of a form looks like.</summary>
/// <param name="Groups">The groups that have a label, in the form's order, those in repeats too.</param>
/// <param name="Languages">The languages of the newest version's labels; empty when nothing is translated.</param>
/// <param name="Language">The language of the labels here; null when nothing is translated.</param>
internal sealed record ColumnList(
    IReadOnlyList<ColumnItem> Columns,
    IReadOnlyList<RepeatItem> Repeats,
    IReadOnlyList<GroupItem> Groups,
    IReadOnlyList<string> Languages,
    string? Language);

/// <summary>Gives the columns of a form's table, all versions together.</summary>
internal sealed class ListColumns(FindSubmissions find, FormShapes shapes)
{
    /// <summary>Gives columns, repeats and groups in the form's order.</summary>
    /// <param name="language">The language of labels; null, or one that the form has not, for the form's default.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>.
    /// </exception>
    public async Task<ColumnList> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, bool isDraft, string? language, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionList, project, xmlFormId, isDraft, cancellationToken);
        var shape = await shapes.GetAsync(set, allVersions: true, cancellationToken);
        var form = shape.Newest;
        var spoken = language is not null && form.Languages.Contains(language) ? language : form.DefaultLanguage;
        return new ColumnList(
            ColumnsOf(shape.Tables.Tables[0], spoken),
            [
                .. shape.Tables.Tables.Skip(1).Select(table => new RepeatItem(
                    table.Path, table.Name, table.Element.Label.Find(spoken) ?? table.Name, ColumnsOf(table, spoken))),
            ],
            [
                .. from element in form.ListElements().OfType<GroupElement>()
                   let label = element.Label.Find(spoken)
                   where label is not null && element != form.Root
                   select new GroupItem(element.Path[(form.RootName.Length + 1)..], label),
            ],
            form.Languages,
            spoken);
    }

    private static IReadOnlyList<ColumnItem> ColumnsOf(FormTable table, string? language) =>
        [
            .. from column in table.Columns
               let question = column.Question
               where question is not null
               select ItemOf(column, question, language),
        ];

    private static ColumnItem ItemOf(FormColumn column, QuestionElement question, string? language) => new(
        column.Path,
        column.Name,
        question.Label.Find(language) ?? column.Name,
        TypeName.Of(question.DataType),
        column.Choices is { Choices.Count: > 0 } list
            ? [.. list.Choices.Select(choice => new ChoiceItem(choice.Value, choice.Label.Find(language) ?? choice.Value))]
            : null);
}

/// <summary>Writes types of answers as the interface knows them.</summary>
internal static class TypeName
{
    /// <summary>Gives the name, such as <c>selectOne</c>.</summary>
    public static string Of(DataType type) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(type.ToString());
}
