using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Rows;

/// <summary>Reads submissions and hands their rows to the writer of a format; one for each core.</summary>
internal sealed class RowFormat(FormShape shape, IRowWriter writer) : IRowFormat, IInstanceRowSink
{
    private readonly InstanceRows _reader = new(shape.Tables);
    private readonly RowFacts _facts = new();
    private FormattedBlock? _into;
    private AnswersState _answers;

    /// <inheritdoc/>
    public int Tables => writer.Outputs;

    /// <inheritdoc/>
    public void Write(in SealedRow row, ReadOnlySpan<byte> xml, SenderFacts sender, string submitter, FormattedBlock into)
    {
        Begin(row, sender, submitter, into);
        _reader.Read(xml, this);
    }

    /// <inheritdoc/>
    public void WriteDamaged(in SealedRow row, string submitter, FormattedBlock into)
    {
        Begin(row, new SenderFacts(null, null), submitter, into);
        _facts.Status = RowFacts.Damaged;
        writer.WriteDamaged(_facts, into.Tables);
    }

    /// <inheritdoc/>
    public void Take(InstanceRow row)
    {
        var into = _into ?? throw new InvalidOperationException("A row came before its submission was begun.");
        _facts.Status = StatusOf(_reader.IsEncrypted, _answers);
        writer.Write(row, _facts, into.Tables);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        writer.Dispose();
        _reader.Dispose();
    }

    private static string? StatusOf(bool isEncrypted, AnswersState answers) => answers switch
    {
        AnswersState.EncryptedMissing => RowFacts.MissingAnswers,
        _ when isEncrypted => RowFacts.NotDecrypted,
        AnswersState.Mismatched => RowFacts.Mismatched,
        _ => null,
    };

    private void Begin(in SealedRow row, SenderFacts sender, string submitter, FormattedBlock into)
    {
        _into = into;
        _answers = row.Answers;
        _facts.SetInstanceId(row.InstanceId);
        _facts.CreatedAt = row.CreatedAt;
        _facts.SubmitterId = row.Submitter.Value;
        _facts.SubmitterName = submitter;
        _facts.AttachmentsPresent = row.AttachmentsPresent;
        _facts.AttachmentsExpected = row.AttachmentsExpected;
        _facts.ReviewState = row.ReviewState;
        _facts.DeviceId = sender.DeviceId;
        _facts.Edits = row.Version - 1;
        _facts.FormVersion = shape.Versions.GetValueOrDefault(row.FormVersion, "");
        writer.Begin();
    }
}
