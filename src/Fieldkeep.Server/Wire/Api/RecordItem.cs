using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>One submission as the interface reads it.</summary>
/// <param name="InstanceName">Null when it has none.</param>
/// <param name="UpdatedAt">Null when it was never changed.</param>
/// <param name="DeviceId">Null when the phone did not say.</param>
/// <param name="ReviewState">Null when nobody looked yet.</param>
/// <param name="Edits">How often it was edited.</param>
internal sealed record RecordItem(
    string InstanceId,
    string? InstanceName,
    DateTimeOffset SubmittedAt,
    DateTimeOffset? UpdatedAt,
    PersonItem Submitter,
    string? DeviceId,
    string? ReviewState,
    AttachmentCount Attachments,
    int Edits,
    string FormVersion,
    IReadOnlyList<AnswerItem> Tree)
{
    /// <summary>
    /// Why <c>tree</c> is empty: <c>notDecrypted</c> when only the form's own key opens the answers, <c>missingEncryptedFormData</c> when
    /// the file with the encrypted answers has not come; else null.
    /// </summary>
    public string? Status { get; init; }

    /// <summary>Shows a record with its tree, the words in a language of the form.</summary>
    public static RecordItem Of(Record record, string submitter, string? language)
    {
        var row = record.Submission.Row;
        return new RecordItem(
            row.InstanceId,
            record.InstanceName,
            row.CreatedAt,
            row.UpdatedAt,
            new PersonItem(row.SubmitterId.Value, submitter),
            record.Submission.Sender.DeviceId,
            row.ReviewState,
            new AttachmentCount(row.AttachmentsPresent, row.AttachmentsExpected),
            row.CurrentVersion - 1,
            record.Form.Version,
            record.Answers == AnswersState.Clear
                ? [.. RecordNode.Below(record.Tree, record, record.LanguageOf(language)).Select(AnswerItem.Of)]
                : [])
        {
            Status = record.Answers switch
            {
                AnswersState.Encrypted => "notDecrypted",
                AnswersState.EncryptedMissing => "missingEncryptedFormData",
                _ => null,
            },
        };
    }
}

/// <summary>A question with its answer, or a group or repeat with what is in it.</summary>
/// <param name="Type">The answer's type, or <c>group</c>, <c>repeat</c>, or <c>unknown</c> for what the form does not know.</param>
/// <param name="ChoiceLabels">Words for the choices in <c>value</c>, in its order; null when it has no choices.</param>
/// <param name="Attachment">The file the answer names; null when it names none.</param>
/// <param name="Children">Null on a question with an answer.</param>
internal sealed record AnswerItem(
    string Path,
    string Name,
    string Label,
    string Type,
    string? Value,
    IReadOnlyList<string>? ChoiceLabels,
    int? RepeatIndex,
    AnswerFile? Attachment,
    IReadOnlyList<AnswerItem>? Children)
{
    /// <summary>
    /// Whether the question is confidential and its answer withheld: <c>value</c> is empty whether one was given or not, or a point that was displaced.
    /// </summary>
    public bool Confidential { get; init; }

    /// <summary>Metres within which the true point lies; null when <c>value</c> is no displaced point.</summary>
    public double? Radius { get; init; }

    /// <summary>Shows a node of a record.</summary>
    public static AnswerItem Of(RecordNode node) => new(
        node.Path,
        node.Name,
        node.Label,
        node.Type,
        node.Value,
        node.ChoiceLabels,
        node.RepeatIndex,
        node.Attachment is { } file
            ? new AnswerFile(file.Name, file.Present, file.Size, FileAnswer.TypeOf(file.Name))
            : null,
        node.Children is { } children ? [.. children.Select(Of)] : null)
    {
        Confidential = node.Confidential,
        Radius = node.Radius,
    };
}

/// <summary>A file that an answer names.</summary>
/// <param name="Present">Whether it has come.</param>
/// <param name="Size">Bytes; null while it is missing.</param>
internal sealed record AnswerFile(string Name, bool Present, long? Size, string ContentType);
