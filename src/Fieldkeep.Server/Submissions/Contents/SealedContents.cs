using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.XForms.Confidentiality;

namespace Fieldkeep.Server.Submissions.Contents;

/// <summary>Seals and opens the parts of a submission: one place that knows which column each is bound to.</summary>
internal sealed class SealedContents(Sealer sealer, BlobStore blobs)
{
    private const string XmlColumn = "submissions.versions.xml";
    private const string MetaColumn = "submissions.versions.meta";
    private const string NameColumn = "submissions.attachments.name";
    private const string BlobColumn = "submissions.attachments.blob";
    private const string ValuesColumn = "submissions.confidential.sealed";
    private const string ContentDomain = "submissions.content";
    private const int CopyBytes = 64 * 1024;

    /// <summary>Seals an instance that fits its row.</summary>
    public byte[] SealXml(ProjectRef project, SubmissionId id, int version, ReadOnlySpan<byte> xml) =>
        sealer.Seal(project, EnvelopePurpose.Record, XmlColumn, id.Value, version, xml);

    /// <summary>Opens an instance stored in its row.</summary>
    public byte[] OpenXml(ProjectRef project, SubmissionId id, int version, ReadOnlySpan<byte> envelope) =>
        sealer.Open(project, EnvelopePurpose.Record, XmlColumn, id.Value, version, envelope);

    /// <summary>Begins to seal a large instance into a file.</summary>
    public SealingStream BeginXml(ProjectRef project, SubmissionId id, int version, Stream into) =>
        sealer.BeginSealing(project, EnvelopePurpose.Record, XmlColumn, id.Value, version, into);

    /// <summary>Opens a large instance.</summary>
    public Task<Stream> OpenXmlBlobAsync(
        ProjectRef project, SubmissionId id, int version, BlobId blob, CancellationToken cancellationToken) =>
        sealer.BeginOpeningAsync(
            project, EnvelopePurpose.Record, XmlColumn, id.Value, version, blobs.OpenRead(blob), cancellationToken);

    /// <summary>Opens an instance whole, wherever its bytes lie.</summary>
    /// <param name="xml">Its envelope where it is small.</param>
    /// <param name="xmlBlob">The name of its file where it is large; null otherwise.</param>
    public async Task<byte[]> OpenWholeXmlAsync(
        ProjectRef project, SubmissionId id, int version, byte[]? xml, byte[]? xmlBlob, CancellationToken cancellationToken)
    {
        if (xmlBlob is null)
        {
            return OpenXml(project, id, version, xml);
        }

        await using var stream = await OpenXmlBlobAsync(project, id, version, new BlobId(xmlBlob), cancellationToken);
        var whole = new byte[stream.Length];
        await stream.ReadExactlyAsync(whole, cancellationToken);
        return whole;
    }

    /// <summary>Seals what the sender told about its device.</summary>
    public byte[] SealMeta(ProjectRef project, SubmissionId id, int version, SenderFacts facts) =>
        sealer.Seal(
            project, EnvelopePurpose.Record, MetaColumn, id.Value, version, JsonSerializer.SerializeToUtf8Bytes(facts));

    /// <summary>Opens what the sender told about its device.</summary>
    public SenderFacts OpenMeta(ProjectRef project, SubmissionId id, int version, ReadOnlySpan<byte> envelope) =>
        JsonSerializer.Deserialize<SenderFacts>(
            sealer.Open(project, EnvelopePurpose.Record, MetaColumn, id.Value, version, envelope))
        ?? new SenderFacts(null, null);

    /// <summary>Opens what the sender told about its device; empty when that is damaged.</summary>
    public SenderFacts OpenMetaOrNothing(ProjectRef project, SubmissionId id, int version, ReadOnlySpan<byte> envelope)
    {
        try
        {
            return OpenMeta(project, id, version, envelope);
        }
        catch (VaultException)
        {
            // What a device told is no answer: its damage must not hide the answers.
            return new SenderFacts(null, null);
        }
    }

    /// <summary>Gives what finds a file by its name without keeping the name.</summary>
    public byte[] NameMac(ProjectRef project, string name) => sealer.BlindIndex(project, NameColumn, name);

    /// <summary>Seals a file's name.</summary>
    public byte[] SealName(ProjectRef project, Guid row, string name, bool isConfidential) =>
        sealer.Seal(project, NamePurpose(isConfidential), NameColumn, row, 1, Encoding.UTF8.GetBytes(name));

    /// <summary>Opens a file's name.</summary>
    public string OpenName(ProjectRef project, Guid row, ReadOnlySpan<byte> envelope, bool isConfidential) =>
        Encoding.UTF8.GetString(sealer.Open(project, NamePurpose(isConfidential), NameColumn, row, 1, envelope));

    /// <summary>Opens a file's bytes; seekable.</summary>
    public Task<Stream> OpenFileAsync(
        ProjectRef project, Guid row, BlobId blob, bool isConfidential, CancellationToken cancellationToken) =>
        sealer.BeginOpeningAsync(
            project, FilePurpose(isConfidential), BlobColumn, row, 1, blobs.OpenRead(blob), cancellationToken);

    /// <summary>Seals confidential answers of a version, with keys of their own.</summary>
    public byte[] SealValues(ProjectRef project, SubmissionId id, int version, ReadOnlySpan<byte> record) =>
        sealer.Seal(project, EnvelopePurpose.Confidential, ValuesColumn, id.Value, version, record);

    /// <summary>Opens confidential answers of a version.</summary>
    public byte[] OpenValues(ProjectRef project, SubmissionId id, int version, ReadOnlySpan<byte> envelope) =>
        sealer.Open(project, EnvelopePurpose.Confidential, ValuesColumn, id.Value, version, envelope);

    /// <summary>Gives what displaces a place: always the same for the same bytes.</summary>
    public byte[] DisplacementOf(ProjectRef project, ReadOnlySpan<byte> place) => sealer.DisplacementOf(project, ValuesColumn, place);

    /// <summary>Seals a file that has just come with the keys of confidential answers; the one before is left to whoever asked.</summary>
    public async Task<ReceivedFile> HideAsync(ProjectRef project, ReceivedFile file, CancellationToken cancellationToken) =>
        file with { Blob = await ResealFileAsync(project, file.Row, file.Blob.Id, isConfidential: true, cancellationToken) };

    /// <summary>
    /// Seals a picture anew without what tells where, when and with what it was taken; gives null where nothing was in it, or where it is no
    /// picture. One that cannot be cleaned is <see cref="StripOutcome.Refused"/>.
    /// </summary>
    public async Task<(StripOutcome Outcome, StoredBlob? Blob, long Size)> CleanFileAsync(
        ProjectRef project, Guid row, BlobId blob, CancellationToken cancellationToken)
    {
        await using var stage = blobs.Begin();
        await using var from = await OpenFileAsync(project, row, blob, isConfidential: false, cancellationToken);
        await using var into = sealer.BeginSealing(project, EnvelopePurpose.Attachment, BlobColumn, row, 1, stage);
        await using var counted = new CountingStream(into);
        var outcome = await StripPicture.RunAsync(from, counted, cancellationToken);
        if (outcome != StripOutcome.Stripped)
        {
            return (outcome, null, 0);
        }

        await into.CompleteAsync(cancellationToken);
        return (outcome, await stage.FinishAsync(cancellationToken), counted.Count);
    }

    /// <summary>Seals a file anew: with the keys of confidential answers, or with the others again.</summary>
    public async Task<StoredBlob> ResealFileAsync(
        ProjectRef project, Guid row, BlobId blob, bool isConfidential, CancellationToken cancellationToken)
    {
        await using var stage = blobs.Begin();
        await using (var from = await OpenFileAsync(project, row, blob, !isConfidential, cancellationToken))
        await using (var into = sealer.BeginSealing(project, FilePurpose(isConfidential), BlobColumn, row, 1, stage))
        {
            await from.CopyToAsync(into, CopyBytes, cancellationToken);
            await into.CompleteAsync(cancellationToken);
        }

        return await stage.FinishAsync(cancellationToken);
    }

    /// <summary>Gives what is equal for equal content; computed over SHA-256, so that streams need one pass.</summary>
    public byte[] ContentMac(ProjectRef project, ReadOnlySpan<byte> sha256) =>
        sealer.BlindIndex(project, ContentDomain, sha256);

    /// <summary>Seals a file's bytes as they arrive. Memory stays flat; the file is durable when this returns.</summary>
    /// <exception cref="ProblemException"><c>submission.too_large</c>.</exception>
    public async Task<ReceivedFile> ReceiveFileAsync(
        ProjectRef project, Guid row, Stream content, long maxBytes, bool isConfidential, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var stage = blobs.Begin();
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        long size = 0;
        try
        {
            await using var sealing = sealer.BeginSealing(project, FilePurpose(isConfidential), BlobColumn, row, 1, stage);
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                size += read;
                if (size > maxBytes)
                {
                    throw SubmissionProblems.TooLarge("A file of the submission", maxBytes);
                }

                hash.AppendData(buffer, 0, read);
                await sealing.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            await sealing.CompleteAsync(cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var blob = await stage.FinishAsync(cancellationToken);
        return new ReceivedFile(row, blob, ContentMac(project, hash.GetHashAndReset()), size);
    }

    private static EnvelopePurpose NamePurpose(bool isConfidential) =>
        isConfidential ? EnvelopePurpose.Confidential : EnvelopePurpose.Record;

    private static EnvelopePurpose FilePurpose(bool isConfidential) =>
        isConfidential ? EnvelopePurpose.ConfidentialFile : EnvelopePurpose.Attachment;
}

/// <summary>What a phone tells about itself beside the answers.</summary>
internal sealed record SenderFacts(string? DeviceId, string? UserAgent);
