using System.Security.Cryptography;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.Proofs;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Confidential;

/// <summary>
/// Splits a stored version by what is confidential in its form now: takes more out, or puts some back. One version is one
/// transaction with its ledger entry; killed anywhere, it is done again.
/// </summary>
internal sealed class SplitStored(
    Db db, ConfidentialContents confidential, FormCatalogue catalogue, SealedContents contents, SubmissionQueries submissions, BlobStore blobs,
    DroppedBlobs dropped, ChangeLog changes)
{
    private const string Lock = """
        select v.xml, v.xml_blob, v.form_version_id, v.confidential, v.form_id, v.instance_id, v.content_mac
        from submissions.versions v join submissions.submissions s on s.id = v.submission_id
        where v.submission_id = @submission and v.version = @version for update of s, v
        """;

    private const string Replace = """
        update submissions.versions set xml = @xml, xml_blob = @blob, size = @size, confidential = @number
        where submission_id = @submission and version = @version
        """;

    private const string Keep = """
        insert into submissions.confidential (submission_id, version, sealed, masked_mac, values_mac)
        values (@submission, @version, @values, @masked, @taken)
        on conflict (submission_id, version) do update
        set sealed = excluded.sealed, masked_mac = excluded.masked_mac, values_mac = excluded.values_mac, emptied_at = null
        """;

    private const string ReplaceFile = """
        update submissions.attachments set name = @name, blob = @blob, size = @size, confidential = @confidential
        where submission_id = @submission and version = @version and row_id = @row
        """;

    // Of what a phone encrypted nothing can be split.
    private const string Due = """
        select v.submission_id, v.version from submissions.versions v
        where v.form_id = @form and v.encrypted_ordinal is null and v.confidential is distinct from @number
          and (v.submission_id, v.version) > (@after, @afterVersion)
        order by v.submission_id, v.version limit @rows
        """;

    /// <summary>Lists versions of a form that were split by another number than its own, in order.</summary>
    public Task<IReadOnlyList<UnsplitVersion>> ListDueAsync(UnsplitForm form, UnsplitVersion after, int rows, CancellationToken cancellationToken) =>
        db.ListAsync<UnsplitVersion>(
            Due,
            new { form = form.Id, number = form.Number, after = after.SubmissionId, afterVersion = after.Version, rows },
            cancellationToken);

    /// <summary>Splits it; false when it is as it should be, or is damaged and stays as it is, shown to nobody.</summary>
    public async Task<bool> RunAsync(ProjectRef project, SubmissionId submission, int version, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.FindAsync<Row>(Lock, new { submission, version }, cancellationToken) is not { } row)
        {
            return false;
        }

        var form = await catalogue.GetDefinitionAsync(row.FormVersionId, cancellationToken);
        var stored = new StoredVersionRef(submission, version, row.FormVersionId, row.Confidential);
        if (row.Confidential == form.ConfidentialNumber || (row.Confidential is null && form.Confidential.IsEmpty))
        {
            return false;
        }

        byte[]? whole = null;
        try
        {
            var xml = await contents.OpenWholeXmlAsync(project, submission, version, row.Xml, row.XmlBlob, cancellationToken);
            whole = await confidential.MergeAsync(project, stored, xml, cancellationToken);
            using var masked = new PooledBytes();
            var values = await confidential.ListAsync(tx, project, stored, cancellationToken);
            var split = confidential.Split(project, submission, form.Confidential, whole, new SplitEdit(values, EmptyKeeps: false), masked);
            await WriteAsync(tx, project, stored, row, form, masked.Written, split, cancellationToken);
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem))
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(whole);
        }

        await tx.CommitAsync(cancellationToken);
        return true;
    }

    private async Task WriteAsync(
        Tx tx,
        ProjectRef project,
        StoredVersionRef stored,
        Row row,
        FormDefinition form,
        ReadOnlyMemory<byte> masked,
        SplitResult split,
        CancellationToken cancellationToken)
    {
        using var record = new PooledBytes();
        ConfidentialRecord.Write(split.Values, record);
        var part = new ConfidentialPart(
            form.ConfidentialNumber,
            contents.SealValues(project, stored.Submission, stored.Version, record.Written.Span),
            contents.ContentMac(project, SHA256.HashData(masked.Span)),
            contents.ContentMac(project, SHA256.HashData(record.Written.Span)),
            Edited: null,
            IsBeyondRight: false);
        var keys = new { submission = stored.Submission, version = stored.Version };
        var large = row.XmlBlob is null ? null : await SealLargeAsync(project, stored, masked, cancellationToken);
        if (large is not null)
        {
            blobs.DiscardOnRollback(tx, large);
        }

        var instance = new
        {
            keys.submission,
            keys.version,
            xml = large is null ? contents.SealXml(project, stored.Submission, stored.Version, masked.Span) : null,
            blob = large?.Id.Sha256.ToArray(),
            size = masked.Length,
            number = form.ConfidentialNumber,
        };
        await tx.ExecuteAsync(Replace, instance, cancellationToken);
        await tx.ExecuteAsync(
            Keep, new { keys.submission, keys.version, values = part.Sealed, masked = part.MaskedMac, taken = part.ValuesMac }, cancellationToken);
        if (large is not null)
        {
            await blobs.RecordAsync(tx, [large], cancellationToken);
            await NoteReplacedAsync(tx, row.XmlBlob, cancellationToken);
        }

        await SealFilesAsync(
            tx, project, stored, split.Files.ToHashSet(StringComparer.Ordinal), ConfidentialContents.HidesPlaces(form), cancellationToken);
        await CountFiles.RunAsync(tx, stored.Submission, cancellationToken);
        var after = VersionEntry.Of(form.Form.Value, stored.Version, row.InstanceId, row.ContentMac, part, stored.Submission.Value);
        var change = new Change("submission.split", project, "submission", row.InstanceId, new { number = stored.Number }, after);
        await changes.AppendAsync(tx, Actor.System(Door.Job), change, cancellationToken);
    }

    private async Task SealFilesAsync(
        Tx tx, ProjectRef project, StoredVersionRef stored, HashSet<string> hidden, bool cleans, CancellationToken cancellationToken)
    {
        foreach (var file in await submissions.ListAllFilesAsync(project, stored.Submission, stored.Version, cancellationToken))
        {
            var (isHidden, fresh, size) = await SealFileAsync(project, file, hidden.Contains(file.Name), cleans, cancellationToken);
            if (fresh is not null)
            {
                blobs.DiscardOnRollback(tx, fresh);
            }
            else if (file.Blob is not null || isHidden == file.IsSealedApart)
            {
                continue;
            }

            var arguments = new
            {
                submission = stored.Submission,
                version = stored.Version,
                row = file.RowId,
                name = contents.SealName(project, file.RowId, file.Name, isHidden),
                blob = fresh?.Id.Sha256.ToArray(),
                size,
                confidential = isHidden,
            };
            await tx.ExecuteAsync(ReplaceFile, arguments, cancellationToken);
            if (fresh is not null)
            {
                await blobs.RecordAsync(tx, [fresh], cancellationToken);
                await NoteReplacedAsync(tx, file.Blob, cancellationToken);
            }
        }
    }

    private Task NoteReplacedAsync(Tx tx, byte[]? before, CancellationToken cancellationToken) =>
        before is null ? Task.CompletedTask : dropped.NoteReplacedAsync(tx, before, cancellationToken);

    // What cannot be cleaned of the place it was taken at is for those who may see that, whatever it is called.
    private async Task<(bool IsHidden, StoredBlob? Fresh, long? Size)> SealFileAsync(
        ProjectRef project, SubmissionFile file, bool isHidden, bool cleans, CancellationToken cancellationToken)
    {
        if (file.Blob is not { } bytes)
        {
            return (isHidden, null, null);
        }

        var blob = new BlobId(bytes);
        if (!isHidden && !file.IsSealedApart && cleans)
        {
            var (outcome, clean, size) = await contents.CleanFileAsync(project, file.RowId, blob, cancellationToken);
            if (outcome != StripOutcome.Refused)
            {
                return (false, clean, size);
            }

            isHidden = true;
        }

        return isHidden == file.IsSealedApart
            ? (isHidden, null, file.Size)
            : (isHidden, await contents.ResealFileAsync(project, file.RowId, blob, isHidden, cancellationToken), file.Size);
    }

    private async Task<StoredBlob> SealLargeAsync(
        ProjectRef project, StoredVersionRef stored, ReadOnlyMemory<byte> masked, CancellationToken cancellationToken)
    {
        await using var stage = blobs.Begin();
        await using (var sealing = contents.BeginXml(project, stored.Submission, stored.Version, stage))
        {
            await sealing.WriteAsync(masked, cancellationToken);
            await sealing.CompleteAsync(cancellationToken);
        }

        return await stage.FinishAsync(cancellationToken);
    }

    private sealed record Row(
        byte[]? Xml, byte[]? XmlBlob, FormVersionId FormVersionId, int? Confidential, long FormId, string InstanceId, byte[] ContentMac);
}

/// <summary>A stored version that is not split as its form is now.</summary>
internal sealed record UnsplitVersion(Guid SubmissionId, int Version);
