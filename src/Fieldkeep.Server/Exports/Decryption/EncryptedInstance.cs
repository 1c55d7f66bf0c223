using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Odk;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Exports.Decryption;

/// <summary>A file of an encrypted instance.</summary>
/// <param name="Name">Its name before it was encrypted.</param>
/// <param name="Index">Its place in the order of encryption.</param>
/// <param name="Stored">What is stored of it; null when the instance names it twice or not at all.</param>
internal sealed record EncryptedFile(string Name, int Index, SubmissionFile? Stored)
{
    /// <summary>MD5 of its content; null until it was read to its end.</summary>
    public byte[]? Md5 { get; set; }
}

/// <summary>One instance that a phone encrypted, with the key to its files.</summary>
internal sealed class EncryptedInstance : IDisposable
{
    private const int ReadBytes = 64 * 1024;

    private readonly EncryptedManifest _manifest;
    private readonly OdkPrivateKey _privateKey;
    private readonly OdkInstanceKey _key;
    private readonly ProjectRef _project;
    private readonly SealedContents _contents;
    private bool _hasDamagedMedia;

    private EncryptedInstance(
        EncryptedManifest manifest,
        IReadOnlyList<SubmissionFile> stored,
        OdkPrivateKey privateKey,
        OdkInstanceKey key,
        ProjectRef project,
        SealedContents contents)
    {
        (_manifest, _privateKey, _key, _project, _contents) = (manifest, privateKey, key, project, contents);
        Media = [.. manifest.MediaFiles.Select((name, index) => FileOf(name, index, stored))];
        Answers = FileOf(manifest.AnswersFile, Media.Count, stored);
    }

    /// <summary>The media in the order of encryption.</summary>
    public IReadOnlyList<EncryptedFile> Media { get; }

    /// <summary>The file with the answers.</summary>
    public EncryptedFile Answers { get; }

    /// <summary>Opens the instance's own key.</summary>
    /// <exception cref="VaultException">WrongKeyOrContext: it was encrypted to another key, or is damaged.</exception>
    /// <exception cref="InstanceException">The manifest cannot be read.</exception>
    public static EncryptedInstance Open(
        ReadOnlySpan<byte> manifest,
        IReadOnlyList<SubmissionFile> stored,
        OdkPrivateKey privateKey,
        ProjectRef project,
        SealedContents contents)
    {
        var read = EncryptedManifest.Read(manifest);
        var key = privateKey.TryOpen(read.InstanceId, read.EncryptedKey) ?? throw new VaultException(
            VaultFailure.WrongKeyOrContext, "The key of an encrypted submission does not open with the form's key.");
        return new EncryptedInstance(read, stored, privateKey, key, project, contents);
    }

    /// <summary>Opens a file in the clear; the caller closes it.</summary>
    /// <exception cref="VaultException">It is damaged, or is not there.</exception>
    public async Task<OdkFileStream> OpenAsync(EncryptedFile file, CancellationToken cancellationToken)
    {
        if (file.Stored is not { Blob: { } blob } stored)
        {
            throw new VaultException(VaultFailure.Truncated, "A file of an encrypted submission has not come.");
        }

        var content = await _contents.OpenFileAsync(_project, stored.RowId, new BlobId(blob), stored.IsSealedApart, cancellationToken);
        try
        {
            return _key.OpenFile(content, content.Length, file.Index);
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the media that the signature needs and that were not read yet: after it <see cref="VerifyAsync"/> needs none of them.</summary>
    public async Task ReadMediaAsync(CancellationToken cancellationToken)
    {
        if (_manifest.Signature is null || !IsComplete)
        {
            return;
        }

        foreach (var file in SignedMedia.Where(file => file.Md5 is null))
        {
            if (_hasDamagedMedia = _hasDamagedMedia || !await TryReadAsync(file, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Tells whether the signature is that of the files, reading those that were not read yet; null when there is no signature, or
    /// when not all files have come.
    /// </summary>
    public async Task<bool?> VerifyAsync(CancellationToken cancellationToken)
    {
        if (_manifest.Signature is not { } signature || !IsComplete)
        {
            return null;
        }

        await ReadMediaAsync(cancellationToken);
        if (_hasDamagedMedia || (Answers.Md5 is null && !await TryReadAsync(Answers, cancellationToken)))
        {
            return false;
        }

        return _privateKey.Matches(new OdkSignature(
            signature,
            _manifest.FormId,
            _manifest.FormVersion,
            _manifest.EncryptedKey,
            _manifest.InstanceId,
            [.. SignedMedia.Append(Answers).Select(file => (file.Name, file.Md5 ?? []))]));
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private IEnumerable<EncryptedFile> SignedMedia => Media.Where(file => file.Name.Length > 0);

    private bool IsComplete => SignedMedia.Append(Answers).All(file => file.Stored?.Blob is not null);

    private async Task<bool> TryReadAsync(EncryptedFile file, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await OpenAsync(file, cancellationToken);
            var buffer = new byte[ReadBytes];
            while (await content.ReadAsync(buffer, cancellationToken) > 0)
            {
                // Only its digest is wanted.
            }

            System.Security.Cryptography.CryptographicOperations.ZeroMemory(buffer);
            file.Md5 = content.Md5;
            return true;
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem))
        {
            return false;
        }
    }

    private static EncryptedFile FileOf(string name, int index, IReadOnlyList<SubmissionFile> stored) =>
        new(OdkSignature.OriginalName(name), index, stored.FirstOrDefault(file => file.Name == name));
}
