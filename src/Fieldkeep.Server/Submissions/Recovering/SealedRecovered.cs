using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Recovering;

/// <summary>A version that is sealed and ready to be written.</summary>
/// <param name="Number">Which.</param>
/// <param name="RewrittenAt">When answers were taken out of it; null when never.</param>
/// <param name="EmptiedAt">When all confidential answers were; null when never.</param>
internal sealed record SealedVersion(int Number, NewSubmission Row, DateTimeOffset? RewrittenAt, DateTimeOffset? EmptiedAt);

/// <summary>What of a submission is sealed anew and not yet written, and the files that lie on disk for it.</summary>
internal sealed class SealedRecovered(SubmissionId id, BlobStore blobs)
{
    private readonly List<StoredBlob> _stored = [];

    /// <summary>Its id here.</summary>
    public SubmissionId Id { get; } = id;

    /// <summary>Its versions, the first first.</summary>
    public List<SealedVersion> Versions { get; } = [];

    /// <summary>Files by the row that they had there: versions that have one in common have one here, too.</summary>
    public Dictionary<Guid, NamedFile> Files { get; } = [];

    /// <summary>Rows of files whose bytes could not be had: they are not looked for again in the next version, nor told twice.</summary>
    public HashSet<Guid> Lost { get; } = [];

    /// <summary>Files that came along.</summary>
    public int FileCount => Files.Values.Count(file => file.Received is not null);

    /// <summary>Files whose bytes could not be had.</summary>
    public List<string> Missing { get; } = [];

    /// <summary>SHA-256 of the newest version.</summary>
    public byte[] Whole { get; set; } = [];

    /// <summary>Whether the commit was sent: from then on the database may name the files, whatever becomes of the answer.</summary>
    public bool IsSent { get; set; }

    /// <summary>Notes a file on disk.</summary>
    public void Keep(StoredBlob blob) => _stored.Add(blob);

    /// <summary>Deletes the files when nothing can name them.</summary>
    public void DiscardUnlessWritten()
    {
        if (!IsSent)
        {
            _stored.ForEach(blobs.Discard);
        }
    }
}
