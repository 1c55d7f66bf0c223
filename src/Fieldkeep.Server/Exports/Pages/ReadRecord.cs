using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
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
    /// <summary>How the answers came; nothing of a manifest is shown as an answer.</summary>
    public AnswersState Answers => Submission.Row.EncryptedOrdinal is not { } ordinal
        ? AnswersState.Clear
        : ordinal < Submission.Files.Count && Submission.Files[ordinal].Blob is not null ? AnswersState.Encrypted : AnswersState.EncryptedMissing;

    /// <summary>The name shown for it; null when it has none.</summary>
    public string? InstanceName => Tree.Children.FirstOrDefault(child => child.Name == "meta")
        ?.Children.FirstOrDefault(child => child.Name == "instanceName")?.Value is { Length: > 0 } name
            ? name
            : null;

    /// <summary>Gives the language asked for if the form has it, else the form's default; null when nothing is translated.</summary>
    public string? LanguageOf(string? wanted) =>
        wanted is not null && Form.XForm.Languages.Contains(wanted) ? wanted : Form.XForm.DefaultLanguage;
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
        ConfidentialWish wanted,
        CancellationToken cancellationToken)
    {
        var submission = await read.RunAsync(actor, project, xmlFormId, isDraft, instanceId, wanted, cancellationToken);
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
    /// <summary>Whether the answer is confidential and not shown, or shown displaced.</summary>
    public bool Confidential { get; init; }

    /// <summary>Metres within which the true point lies; null when the answer is no displaced point.</summary>
    public double? Radius { get; init; }

    /// <summary>Lays out the nodes below one, their words in a language.</summary>
    public static IReadOnlyList<RecordNode> Below(InstanceTree tree, Record record, string? language) =>
        [.. tree.Children.Select(child => Of(child, record, language))];

    private static RecordNode Of(InstanceTree node, Record record, string? language)
    {
        var form = record.Form.XForm;
        var question = node.Element as QuestionElement;
        return new RecordNode(
            node.Path,
            node.Name,
            node.Element?.Label.Find(language) ?? node.Name,
            TypeOf(node.Element),
            node.Value,
            question is null ? null : LabelsOf(question, node.Value, form, language),
            node.RepeatIndex,
            FileOf(question, node.Value, record),
            node.Value is null ? Below(node, record, language) : null)
        {
            Confidential = node.IsConfidential,
            Radius = node.Radius,
        };
    }

    private static string TypeOf(FormElement? element) => element switch
    {
        QuestionElement question => TypeName.Of(question.DataType),
        RepeatElement => "repeat",
        GroupElement => "group",
        _ => "unknown",
    };

    /// <summary>Gives the words of the choices in an answer, in its order; null when the question has no list or there is no answer.</summary>
    public static IReadOnlyList<string>? LabelsOf(QuestionElement question, string? value, XForm form, string? language)
    {
        if (question.ChoiceListId is not { } id || !form.ChoiceLists.TryGetValue(id, out var list) || value is null)
        {
            return null;
        }

        var chosen = question.IsMultiple ? value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [value];
        return [.. chosen.Where(one => one.Length > 0).Select(one => list.Find(one)?.Label.Find(language) ?? one)];
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
