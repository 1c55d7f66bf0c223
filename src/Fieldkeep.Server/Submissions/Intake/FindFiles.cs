using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Looks which files of a record of the journal are to be had, when it is stored long after it came.</summary>
internal sealed class FindFiles(BlobStore blobs, Db db)
{
    // A file that was here is not brought again: somebody may have cleared it.
    private const string KnownFiles = "select row_id from submissions.attachments where row_id = any (@rows)";

    /// <summary>Whether its instance is here; false when it lay in a file that is gone.</summary>
    public bool HasInstance(NewSubmission submission) => submission.XmlBlob is not { } xml || blobs.Has(xml.Id);

    /// <summary>Gives it without the files that were here once, and without those that are gone: answers without their photo are worth more than neither.</summary>
    public async Task<NewSubmission> WithoutLostAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        var rows = submission.Files.Select(file => file.Received?.Row).OfType<Guid>().ToArray();
        if (rows.Length == 0)
        {
            return submission;
        }

        var known = (await db.ListAsync<Guid>(KnownFiles, new { rows }, cancellationToken)).ToHashSet();
        return submission with { Files = [.. submission.Files.Select(file => IsLost(file, known) ? file with { Received = null } : file)] };
    }

    private bool IsLost(NamedFile file, HashSet<Guid> known) =>
        file.Received is { } received && (known.Contains(received.Row) || !blobs.Has(received.Blob.Id));
}
