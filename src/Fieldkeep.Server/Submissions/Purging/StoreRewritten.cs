using System.Security.Cryptography;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>Puts a rewritten instance in the place of the one before, its confidential answers apart as the form's plan says now.</summary>
internal sealed class StoreRewritten(
    SealedContents contents, ConfidentialContents confidential, BlobStore blobs, SubmissionLimits limits, TimeProvider clock)
{
    private const string Old = "select xml_blob from submissions.versions where submission_id = @id and version = @version";

    private const string Write = """
        update submissions.versions
        set xml = @xml, xml_blob = @blob, content_mac = @mac, size = @size, confidential = @number, rewritten_at = @now
        where submission_id = @id and version = @version
        """;

    private const string Forget = "delete from submissions.confidential where submission_id = @id and version = @version returning emptied_at";

    private const string Keep = """
        insert into submissions.confidential (submission_id, version, sealed, masked_mac, values_mac, emptied_at)
        values (@id, @version, @values, @maskedMac, @valuesMac, @emptiedAt)
        """;

    /// <summary>Puts it there, in the caller's transaction.</summary>
    /// <param name="isEmptied">Whether all confidential answers were taken out of it for good.</param>
    public async Task<RewrittenContent> JoinAsync(
        Tx tx,
        ProjectRef project,
        SubmissionId id,
        int version,
        FormDefinition form,
        ReadOnlyMemory<byte> whole,
        bool isEmptied,
        CancellationToken cancellationToken)
    {
        var old = await tx.FindAsync<byte[]>(Old, new { id, version }, cancellationToken);
        var mac = contents.ContentMac(project, SHA256.HashData(whole.Span));
        var emptied = await tx.FindAsync<DateTimeOffset?>(Forget, new { id, version }, cancellationToken);
        if (form.Confidential.IsEmpty)
        {
            await WriteAsync(tx, project, id, version, mac, whole, null, cancellationToken);
            return new RewrittenContent(mac, null, null, old);
        }

        using var masked = new PooledBytes();
        using var record = new PooledBytes();
        var split = confidential.Split(project, id, form.Confidential, whole.Span, null, masked);
        ConfidentialRecord.Write(split.Values, record);
        var (maskedMac, valuesMac) = (
            contents.ContentMac(project, SHA256.HashData(masked.Written.Span)), contents.ContentMac(project, SHA256.HashData(record.Written.Span)));
        await WriteAsync(tx, project, id, version, mac, masked.Written, form.ConfidentialNumber, cancellationToken);
        var values = contents.SealValues(project, id, version, record.Written.Span);

        // What is confidential since may have answers though all of before are gone; what was not reached is not noted as gone.
        var isEmpty = (isEmptied || emptied is not null) && split.Values.All(value => value.IsEmpty);
        var emptiedAt = isEmpty ? emptied ?? clock.GetUtcNow() : (DateTimeOffset?)null;
        await tx.ExecuteAsync(Keep, new { id, version, values, maskedMac, valuesMac, emptiedAt }, cancellationToken);
        return new RewrittenContent(mac, maskedMac, valuesMac, old);
    }

    private async Task WriteAsync(
        Tx tx,
        ProjectRef project,
        SubmissionId id,
        int version,
        byte[] mac,
        ReadOnlyMemory<byte> xml,
        int? number,
        CancellationToken cancellationToken)
    {
        StoredBlob? large = null;
        if (xml.Length > limits.InlineInstanceBytes)
        {
            await using var stage = blobs.Begin();
            await using (var into = contents.BeginXml(project, id, version, stage))
            {
                await into.WriteAsync(xml, cancellationToken);
                await into.CompleteAsync(cancellationToken);
            }

            large = await stage.FinishAsync(cancellationToken);
            blobs.DiscardOnRollback(tx, large);
            await blobs.RecordAsync(tx, [large], cancellationToken);
        }

        var arguments = new
        {
            id,
            version,
            xml = large is null ? contents.SealXml(project, id, version, xml.Span) : null,
            blob = large?.Id.Sha256.ToArray(),
            mac,
            size = xml.Length,
            number,
            now = clock.GetUtcNow(),
        };
        await tx.ExecuteAsync(Write, arguments, cancellationToken);
    }
}

/// <summary>What a version's content is from now on.</summary>
/// <param name="ContentMac">The keyed hash of the whole.</param>
/// <param name="MaskedMac">Of what stayed in the instance; null where nothing is confidential.</param>
/// <param name="ValuesMac">Of what was taken out of it.</param>
/// <param name="Dropped">The blob that held it before; null when it lay in its row.</param>
internal sealed record RewrittenContent(byte[] ContentMac, byte[]? MaskedMac, byte[]? ValuesMac, byte[]? Dropped);
