using Fieldkeep.Server.Access;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.Archive;

/// <summary>Writes the submissions of a form into an archive: every version, its files, comments and history; those in the trash too, for who may look there.</summary>
internal sealed class ArchiveSubmissions(
    FindSubmissions find, SubmissionQueries submissions, StoredXml stored, SealedContents contents, SubmissionComments comments, SubmissionEvents events)
{
    private const int RowsAtOnce = 500;

    /// <summary>Writes them, newest first.</summary>
    public async Task WriteAsync(
        ArchiveZip archive,
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        ArchiveReads reads,
        string folder,
        FindNames names,
        ArchiveCounts counts,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionExport, project, xmlFormId, isDraft: false, cancellationToken);
        foreach (var isTrash in reads.Trash ? new[] { false, true } : [false])
        {
            for (var after = SubmissionCursor.Newest; ;)
            {
                var page = isTrash
                    ? await submissions.ListTrashAsync(set, after, RowsAtOnce, cancellationToken)
                    : await submissions.ListAsync(set, after, RowsAtOnce, cancellationToken);
                foreach (var row in page.Items)
                {
                    // By our number: what a sender calls it could be made to look like another's.
                    await WriteOneAsync(archive, set, row, isTrash, reads, $"{folder}/submissions/{row.Id.Value}", names, counts, cancellationToken);
                    counts.Submissions++;
                }

                if (page.Next is null)
                {
                    break;
                }

                after = SubmissionCursor.Parse(page.Next);
            }
        }
    }

    private async Task WriteOneAsync(
        ArchiveZip archive,
        SubmissionSet set,
        SubmissionRow row,
        bool isTrash,
        ArchiveReads reads,
        string folder,
        FindNames names,
        ArchiveCounts counts,
        CancellationToken cancellationToken)
    {
        var versions = await submissions.ListVersionsAsync(set, row, cancellationToken);
        var placed = new Dictionary<string, string>(StringComparer.Ordinal);
        var listed = new List<object>();
        foreach (var version in versions.OrderBy(one => one.Version))
        {
            await TryAsync(
                counts,
                $"{row.InstanceId} version {version.Version}",
                async () => await archive.WriteBytesAsync(
                    $"{folder}/{version.Version}.xml",
                    await stored.GetAsync(set.Project, row.Id, version.Version, row.InstanceId, cancellationToken),
                    cancellationToken));
            var files = await WriteFilesAsync(archive, set.Project, row, version.Version, folder, placed, counts, cancellationToken);
            listed.Add(new
            {
                version = version.Version,
                instanceId = version.InstanceId,
                formVersion = version.FormVersionId.Value,
                sentAt = version.CreatedAt,
                sentBy = set.Rows.HidesProvenance ? (long?)null : version.SubmitterId.Value,
                files,
            });
        }

        var isToldLess = set.Rows.HidesProvenance || !reads.Remarks;
        var said = isToldLess ? [] : await comments.ListAsync(set.Project, row.Id, cancellationToken);
        var happened = isToldLess ? [] : await events.ListAsync(set.Project, row.Id, cancellationToken);
        var people = said.Select(one => one.Author.Value).Concat(happened.Select(one => one.Actor.Value)).Append(row.SubmitterId.Value);
        var known = await names(people, cancellationToken);
        var facts = new
        {
            instanceId = row.InstanceId,
            isTrash,
            sentBy = set.Rows.HidesProvenance ? null : known.GetValueOrDefault(row.SubmitterId.Value),
            sentAt = row.CreatedAt,
            reviewState = row.ReviewState,
            currentVersion = row.CurrentVersion,
            versions = listed,
            comments = said.Select(one => new { at = one.CreatedAt, by = known.GetValueOrDefault(one.Author.Value), text = one.Body }),
            history = happened.Select(one => new
            {
                at = one.At,
                by = known.GetValueOrDefault(one.Actor.Value),
                action = one.Action,
                version = one.Version,
                detail = one.Body.Detail,
                notes = one.Body.Notes,
            }),
        };
        await archive.WriteJsonAsync($"{folder}/submission.json", facts, cancellationToken);
    }

    private async Task<IReadOnlyList<object>> WriteFilesAsync(
        ArchiveZip archive,
        ProjectRef project,
        SubmissionRow row,
        int version,
        string folder,
        Dictionary<string, string> placed,
        ArchiveCounts counts,
        CancellationToken cancellationToken)
    {
        var listed = new List<object>();
        var taken = new ArchiveNames();
        foreach (var file in await submissions.ListFilesAsync(project, row.Id, version, cancellationToken))
        {
            string? at = null;
            if (file.Blob is { } blob && !placed.TryGetValue(Convert.ToHexStringLower(blob), out at))
            {
                at = $"files/{version}/{taken.Take(file.Name)}";
                var path = at;
                if (await TryAsync(counts, $"{row.InstanceId} {file.Name}", async () =>
                {
                    await using var content = await contents.OpenFileAsync(project, file.RowId, new BlobId(blob), file.IsSealedApart, cancellationToken);
                    await archive.CopyAsync($"{folder}/{path}", content, cancellationToken);
                }))
                {
                    placed[Convert.ToHexStringLower(blob)] = at;
                }
            }

            listed.Add(new { name = file.Name, size = file.Size, at });
        }

        return listed;
    }

    // One damaged thing must not keep all the others from their owner.
    private static async Task<bool> TryAsync(ArchiveCounts counts, string what, Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (Exception problem) when (problem is ProblemException || OpenInstances.IsDamage(problem))
        {
            counts.Damaged.Add(what);
            return false;
        }
    }
}

/// <summary>What the reader of an archive may see of submissions beside their answers.</summary>
/// <param name="Trash">Those in the trash.</param>
/// <param name="Remarks">Comments and history.</param>
internal sealed record ArchiveReads(bool Trash, bool Remarks);
