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

/// <summary>A repeat of the form.</summary>
internal sealed record RepeatItem(string Path, string Name, string Label);

/// <summary>What the data of a form looks like.</summary>
internal sealed record ColumnList(IReadOnlyList<ColumnItem> Columns, IReadOnlyList<RepeatItem> Repeats);

/// <summary>Gives the columns of a form's table, all versions together.</summary>
internal sealed class ListColumns(FindSubmissions find, FormShapes shapes)
{
    /// <summary>Gives columns and repeats in the form's order.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>.
    /// </exception>
    public async Task<ColumnList> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, bool isDraft, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionList, project, xmlFormId, isDraft, cancellationToken);
        var shape = await shapes.GetAsync(set, allVersions: true, cancellationToken);
        var language = shape.Newest.DefaultLanguage;
        return new ColumnList(
            [
                .. from column in shape.Tables.Tables[0].Columns
                   let question = column.Question
                   where question is not null
                   select ItemOf(column, question, language),
            ],
            [
                .. shape.Tables.Tables.Skip(1).Select(table => new RepeatItem(
                    table.Path, table.Name, table.Element.Label.Find(language) ?? table.Name)),
            ]);
    }

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
