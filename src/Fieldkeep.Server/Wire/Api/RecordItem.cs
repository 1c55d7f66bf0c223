using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Writes one record as the interface reads it.</summary>
internal static class RecordItem
{
    /// <summary>Gives the record with its tree.</summary>
    public static object Of(Record record, string submitter)
    {
        var row = record.Submission.Row;
        return new
        {
            instanceId = row.InstanceId,
            instanceName = record.InstanceName,
            submittedAt = row.CreatedAt,
            updatedAt = row.UpdatedAt,
            submitter = new { id = row.SubmitterId.Value, name = submitter },
            deviceId = record.Submission.Sender.DeviceId,
            reviewState = row.ReviewState,
            attachments = new { present = row.AttachmentsPresent, expected = row.AttachmentsExpected },
            edits = row.CurrentVersion - 1,
            formVersion = record.Form.Version,
            tree = RecordNode.Below(record.Tree, record).Select(NodeOf),
        };
    }

    private static object NodeOf(RecordNode node) => new
    {
        path = node.Path,
        name = node.Name,
        label = node.Label,
        type = node.Type,
        value = node.Value,
        choiceLabels = node.ChoiceLabels,
        repeatIndex = node.RepeatIndex,
        attachment = node.Attachment is { } file
            ? new { name = file.Name, present = file.Present, size = file.Size, contentType = FileAnswer.TypeOf(file.Name) }
            : null,
        children = node.Children?.Select(NodeOf),
    };
}
