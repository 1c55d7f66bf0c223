using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Forms;

/// <summary>Facts about a form's file that are kept sealed: they would tell what is in it.</summary>
/// <param name="Md5">MD5 of the clear bytes, hexadecimal: OpenRosa manifests ask for it.</param>
/// <param name="ContentType">The media type given at upload.</param>
internal sealed record FormFileFacts(string Md5, string ContentType);

/// <summary>Stores the files that belong to form versions: sealed blobs, because lists may name people.</summary>
internal sealed class FormFiles(BlobStore blobs, Sealer sealer, TimeProvider clock)
{
    /// <summary>The most bytes of one form file: 128 MiB.</summary>
    public const long MaxBytes = 128L * 1024 * 1024;

    /// <summary>What a workbook's external choices are called on phones.</summary>
    public const string ItemsetsName = "itemsets.csv";

    private const string BlobColumn = "forms.attachments.blob";
    private const string MetaColumn = "forms.attachments.meta";

    private const string InsertNames = """
        insert into forms.attachments (version_id, name, kind)
        select @version, name, kind from unnest(@names::text[], @kinds::text[]) as asked (name, kind)
        """;

    private const string CarryOver = """
        update forms.attachments mine
        set row_id = earlier.row_id, blob = earlier.blob, meta = earlier.meta, size = earlier.size, updated_at = earlier.updated_at
        from forms.attachments earlier
        where mine.version_id = @version and earlier.version_id = @from and earlier.name = mine.name
        """;

    private const string Store = """
        update forms.attachments set row_id = @row, blob = @blob, meta = @meta, size = @size, updated_at = @now
        where version_id = @version and name = @name
        """;

    private const string Clear = """
        update forms.attachments set row_id = null, blob = null, meta = null, size = null, updated_at = @now
        where version_id = @version and name = @name
        """;

    /// <summary>Lists what a new version asks for, takes over the bytes an earlier version had, and adds external choices.</summary>
    public async Task PrepareAsync(
        Tx tx,
        ProjectRef project,
        FormVersionId version,
        FormVersionId? from,
        IReadOnlyList<FormAttachment> asked,
        string? itemsetsCsv,
        CancellationToken cancellationToken)
    {
        var names = asked.Select(file => file.Name)
            .Concat(itemsetsCsv is null ? [] : [ItemsetsName]).Distinct(StringComparer.Ordinal).ToArray();
        var kinds = names.Select(name => KindOf(asked.FirstOrDefault(file => file.Name == name)?.Kind)).ToArray();
        await tx.ExecuteAsync(InsertNames, new { version, names, kinds }, cancellationToken);
        if (from is { } earlier)
        {
            await tx.ExecuteAsync(CarryOver, new { version, from = earlier }, cancellationToken);
        }

        if (itemsetsCsv is not null)
        {
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(itemsetsCsv), writable: false);
            var file = await SealAsync(project, ItemsetsName, content, "text/csv", cancellationToken);
            await StoreAsync(tx, version, file, cancellationToken);
        }
    }

    /// <summary>Seals a file's bytes into a blob, before any transaction.</summary>
    /// <exception cref="ProblemException"><c>form.too_large</c>.</exception>
    public async Task<SealedFormFile> SealAsync(
        ProjectRef project, string name, Stream content, string contentType, CancellationToken cancellationToken)
    {
        var row = Guid.CreateVersion7(clock.GetUtcNow());
#pragma warning disable CA5351 // OpenRosa manifests name files by MD5; it guards nothing here.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        await using var stage = blobs.Begin();
        long size = 0;
        await using (var sealing = sealer.BeginSealing(project, EnvelopePurpose.FormFile, BlobColumn, row, 1, stage))
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                size += read;
                if (size > MaxBytes)
                {
                    throw FormProblems.TooLarge(MaxBytes);
                }

                md5.AppendData(buffer, 0, read);
                await sealing.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            await sealing.CompleteAsync(cancellationToken);
        }

        var blob = await stage.FinishAsync(cancellationToken);
        var facts = new FormFileFacts(Convert.ToHexStringLower(md5.GetHashAndReset()), contentType);
        var meta = sealer.Seal(
            project, EnvelopePurpose.FormFile, MetaColumn, row, 1, JsonSerializer.SerializeToUtf8Bytes(facts));
        return new SealedFormFile(name, row, blob, meta, size);
    }

    /// <summary>Writes a sealed file to a version's row; false when the version asks for no such file.</summary>
    public async Task<bool> StoreAsync(
        Tx tx, FormVersionId version, SealedFormFile file, CancellationToken cancellationToken)
    {
        await blobs.RecordAsync(tx, [file.Blob], cancellationToken);
        var arguments = new
        {
            version,
            name = file.Name,
            row = file.Row,
            blob = file.Blob.Id.Sha256.ToArray(),
            meta = file.Meta,
            size = file.Size,
            now = clock.GetUtcNow(),
        };
        return await tx.ExecuteAsync(Store, arguments, cancellationToken) == 1;
    }

    /// <summary>Deletes a sealed file that no row came to name.</summary>
    public void Discard(SealedFormFile file) => blobs.Discard(file.Blob);

    /// <summary>Takes a file's bytes off a version; false when the version asks for no such file.</summary>
    public async Task<bool> ClearAsync(Tx tx, FormVersionId version, string name, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Clear, new { version, name, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Opens the facts about a stored file.</summary>
    public FormFileFacts ReadFacts(ProjectRef project, StoredFormFile file) =>
        JsonSerializer.Deserialize<FormFileFacts>(
            sealer.Open(project, EnvelopePurpose.FormFile, MetaColumn, file.RowId, 1, file.Meta))
        ?? throw new InvalidOperationException($"The facts of a form's file in row {file.RowId} are empty.");

    /// <summary>Opens a stored file's bytes for reading.</summary>
    public Task<Stream> OpenReadAsync(ProjectRef project, StoredFormFile file, CancellationToken cancellationToken) =>
        sealer.BeginOpeningAsync(
            project,
            EnvelopePurpose.FormFile,
            BlobColumn,
            file.RowId,
            1,
            blobs.OpenRead(new BlobId(file.Blob)),
            cancellationToken);

    private static string KindOf(AttachmentKind? kind) => kind switch
    {
        AttachmentKind.Image => "image",
        AttachmentKind.Audio => "audio",
        AttachmentKind.Video => "video",
        _ => "file",
    };
}

/// <summary>A form's file sealed and on disk, not yet named by a row.</summary>
internal sealed record SealedFormFile(string Name, Guid Row, StoredBlob Blob, byte[] Meta, long Size);
