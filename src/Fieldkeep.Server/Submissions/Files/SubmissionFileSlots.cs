using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Files;

/// <summary>A file that the current version of a submission names, held for a change.</summary>
/// <param name="Blob">Where the sealed bytes lie; null while they are missing.</param>
internal sealed record FileSlot(
    SubmissionId Submission, string InstanceId, int Version, byte[] NameMac, string Name, Guid RowId, byte[]? Blob, long? Size, bool IsConfidential)
{
    /// <summary>The number its version was split by; null when it was not.</summary>
    public int? Number { get; init; }

    /// <summary>Its name as the books have it.</summary>
    public string ShownName => SubmissionFile.ShownName(Name, IsConfidential);
}

/// <summary>What lies in a file's place; with it the ledger can bring it back.</summary>
internal sealed record SlotContent(Guid Row, byte[] Blob, long Size);

/// <summary>Changes which bytes a submission's file has: the steps that adding and clearing share.</summary>
internal sealed class SubmissionFileSlots(
    SealedContents contents, BlobStore blobs, SubmissionEvents events, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string LockRow = """
        select id from submissions.submissions
        where id = @submission and deleted_at is null and current_version = @version
        for update
        """;

    private const string Slot = """
        select a.row_id, a.blob, a.size, a.confidential as is_confidential, v.confidential as number
        from submissions.attachments a join submissions.versions v on v.submission_id = a.submission_id and v.version = a.version
        where a.submission_id = @submission and a.version = @version and a.name_mac = @nameMac
        """;

    private const string Fill = """
        update submissions.attachments
        set row_id = @row, name = @name, content_mac = @mac, blob = @blob, size = @size, received_at = @now, confidential = @confidential
        where submission_id = @submission and version = @version and name_mac = @nameMac
        """;

    private const string Empty = """
        update submissions.attachments set content_mac = null, blob = null, size = null, received_at = null
        where submission_id = @submission and version = @version and name_mac = @nameMac
        """;

    /// <summary>Holds the submission until the commit and gives the file's place.</summary>
    /// <exception cref="ProblemException"><c>submission.not_found</c>, <c>submission.no_such_file</c>.</exception>
    public async Task<FileSlot> LockAsync(
        Tx tx, ProjectRef project, SubmissionRow row, string name, CancellationToken cancellationToken)
    {
        var nameMac = contents.NameMac(project, name);
        var keys = new { submission = row.Id, version = row.CurrentVersion, nameMac };

        // Deleted or edited since it was looked at: the file would go into a version that nobody sees.
        _ = await tx.FindAsync<Guid?>(LockRow, keys, cancellationToken) ?? throw SubmissionProblems.NotFound(row.InstanceId);
        var slot = await tx.FindAsync<SlotRow>(Slot, keys, cancellationToken) ?? throw SubmissionProblems.NoSuchFile(name);
        return new FileSlot(
            row.Id, row.InstanceId, row.CurrentVersion, nameMac, name, slot.RowId, slot.Blob, slot.Size, slot.IsConfidential)
        {
            Number = slot.Number,
        };
    }

    /// <summary>Puts bytes into the place; those before stay on disk.</summary>
    public async Task FillAsync(
        Tx tx, ProjectRef project, FileSlot slot, ReceivedFile received, CancellationToken cancellationToken)
    {
        await blobs.RecordAsync(tx, [received.Blob], cancellationToken);
        var arguments = new
        {
            submission = slot.Submission,
            version = slot.Version,
            nameMac = slot.NameMac,
            row = received.Row,
            name = contents.SealName(project, received.Row, slot.Name, slot.IsConfidential),
            confidential = slot.IsConfidential,
            mac = received.ContentMac,
            blob = received.Blob.Id.Sha256.ToArray(),
            size = received.Size,
            now = clock.GetUtcNow(),
        };
        await tx.ExecuteAsync(Fill, arguments, cancellationToken);
        await CountFiles.RunAsync(tx, slot.Submission, cancellationToken);
    }

    /// <summary>Makes the place empty; its bytes stay on disk.</summary>
    public static async Task ClearAsync(Tx tx, FileSlot slot, CancellationToken cancellationToken)
    {
        var keys = new { submission = slot.Submission, version = slot.Version, nameMac = slot.NameMac };
        await tx.ExecuteAsync(Empty, keys, cancellationToken);
        await CountFiles.RunAsync(tx, slot.Submission, cancellationToken);
    }

    /// <summary>Writes the books: what lay there and what lies there now.</summary>
    public async Task RecordAsync(
        Tx tx, Actor actor, ProjectRef project, FileSlot slot, SlotContent? now, string? notes, CancellationToken cancellationToken)
    {
        var before = slot.Blob is { } blob ? new SlotContent(slot.RowId, blob, slot.Size ?? 0) : null;
        var change = new Change(
            now is null ? "submission.clear_file" : "submission.attach_file",
            project,
            "submission",
            slot.InstanceId,
            new { slot.Version, name = slot.ShownName, content = before },
            new { slot.Version, name = slot.ShownName, content = now });
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx,
            actor,
            new AuditEvent(change.Action, project.Id, "submission", slot.InstanceId, null),
            cancellationToken);
        var happened = events.Prepare(project, actor, SubmissionEvents.FileChanged, new EventBody(notes, slot.ShownName));
        await SubmissionEvents.AppendAsync(tx, slot.Submission, null, happened, cancellationToken);
    }

    private sealed record SlotRow(Guid RowId, byte[]? Blob, long? Size, bool IsConfidential, int? Number);
}
