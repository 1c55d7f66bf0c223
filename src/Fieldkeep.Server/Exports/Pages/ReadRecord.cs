using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>One record laid out for a person: its answers beside the words of the form version it was filled in with.</summary>
/// <param name="Form">The form version.</param>
/// <param name="Tree">The answers.</param>
internal sealed record Record(OpenedSubmission Submission, FormDefinition Form, InstanceTree Tree)
{
    /// <summary>The name shown for it; null when it has none.</summary>
    public string? InstanceName => Tree.Children.FirstOrDefault(child => child.Name == "meta")
        ?.Children.FirstOrDefault(child => child.Name == "instanceName")?.Value is { Length: > 0 } name
            ? name
            : null;
}

/// <summary>Opens one submission as a tree of questions and answers.</summary>
internal sealed class ReadRecord(ReadSubmission read, FormCatalogue catalogue)
{
    /// <summary>Gives the record.</summary>
    /// <exception cref="ProblemException">The problems of <see cref="ReadSubmission"/>.</exception>
    public async Task<Record> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        bool isDraft,
        string instanceId,
        CancellationToken cancellationToken)
    {
        var submission = await read.RunAsync(actor, project, xmlFormId, isDraft, instanceId, cancellationToken);
        var form = await catalogue.GetDefinitionAsync(submission.Row.FormVersionId, cancellationToken);
        try
        {
            return new Record(submission, form, InstanceTree.Read(submission.Xml, form.XForm));
        }
        catch (InstanceException)
        {
            throw SubmissionReadProblems.Damaged(submission.Row.InstanceId);
        }
    }
}

/// <summary>One node of a record as the interface shows it.</summary>
/// <param name="Type">The answer's type, or <c>group</c>, <c>repeat</c>, or <c>unknown</c> for what the form does not know.</param>
/// <param name="ChoiceLabels">Words for the choices in <paramref name="Value"/>, in its order; null when it has no choices.</param>
/// <param name="Attachment">The file the answer names; null when it names none.</param>
internal sealed record RecordNode(
    string Path,
    string Name,
    string Label,
    string Type,
    string? Value,
    IReadOnlyList<string>? ChoiceLabels,
    int? RepeatIndex,
    RecordFile? Attachment,
    IReadOnlyList<RecordNode>? Children)
{
    /// <summary>Lays out the nodes below one.</summary>
    public static IReadOnlyList<RecordNode> Below(InstanceTree tree, Record record) =>
        [.. tree.Children.Select(child => Of(child, record))];

    private static RecordNode Of(InstanceTree node, Record record)
    {
        var form = record.Form.XForm;
        var question = node.Element as QuestionElement;
        return new RecordNode(
            node.Path,
            node.Name,
            node.Element?.Label.Find(form.DefaultLanguage) ?? node.Name,
            TypeOf(node.Element),
            node.Value,
            question is null ? null : LabelsOf(question, node.Value, form),
            node.RepeatIndex,
            FileOf(question, node.Value, record),
            node.Value is null ? Below(node, record) : null);
    }

    private static string TypeOf(FormElement? element) => element switch
    {
        QuestionElement question => TypeName.Of(question.DataType),
        RepeatElement => "repeat",
        GroupElement => "group",
        _ => "unknown",
    };

    private static IReadOnlyList<string>? LabelsOf(QuestionElement question, string? value, XForm form)
    {
        if (question.ChoiceListId is not { } id || !form.ChoiceLists.TryGetValue(id, out var list) || value is null)
        {
            return null;
        }

        var chosen = question.IsMultiple ? value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [value];
        return [.. chosen.Where(one => one.Length > 0).Select(one => list.Find(one)?.Label.Find(form.DefaultLanguage) ?? one)];
    }

    private static RecordFile? FileOf(QuestionElement? question, string? value, Record record)
    {
        if (question?.DataType != DataType.Binary || string.IsNullOrEmpty(value))
        {
            return null;
        }

        var file = record.Submission.Files.FirstOrDefault(file => file.Name == value);
        return new RecordFile(value, file?.Blob is not null, file?.Size);
    }
}

/// <summary>A file that an answer names.</summary>
internal sealed record RecordFile(string Name, bool Present, long? Size);
