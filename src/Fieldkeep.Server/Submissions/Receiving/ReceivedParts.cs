using System.Security.Cryptography;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>
/// Reads a request's parts as they arrive: the instance into a pooled buffer (or, when large, sealed to disk), every
/// file sealed to disk. Nothing is written to the database here.
/// </summary>
internal sealed class ReceivedParts(
    ProjectRef project, SubmissionId id, SealedContents contents, BlobStore blobs, SubmissionLimits limits, TimeProvider clock)
    : IDisposable
{
    // A large instance is checked in memory, two at a time. While it is split it is there three times, received, masked and whole: at most six times
    // MaxInstanceBytes in all.
    private static readonly SemaphoreSlim LargeInstances = new(2);

    private readonly Dictionary<string, ReceivedFile> _files = new(StringComparer.Ordinal);

    private readonly List<(Guid Row, StoredBlob Blob)> _stored = [];

    /// <summary>The instance when it is small; of a large one its beginning.</summary>
    public InstanceBytes Xml { get; } = new();

    /// <summary>The instance when it is large: sealed on disk.</summary>
    public StoredBlob? XmlBlob { get; private set; }

    /// <summary>Bytes of the instance.</summary>
    public long XmlSize { get; private set; }

    /// <summary>SHA-256 of the instance; null until it was read.</summary>
    public byte[]? XmlSha256 { get; private set; }

    /// <summary>The files by name.</summary>
    public IReadOnlyDictionary<string, ReceivedFile> Files => _files;

    /// <summary>Reads all parts.</summary>
    /// <exception cref="ProblemException">
    /// <c>submission.no_instance</c>, <c>submission.two_instances</c>, <c>submission.too_large</c>,
    /// <c>submission.too_many_parts</c>, <c>submission.bad_file_name</c>, <c>submission.file_twice</c>.
    /// </exception>
    public async Task ReadAsync(IAsyncEnumerable<SubmissionPart> parts, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var part in parts.WithCancellation(cancellationToken))
        {
            if (++count > limits.MaxParts)
            {
                throw SubmissionProblems.TooManyParts(limits.MaxParts);
            }

            if (part.Name == SubmissionPart.InstanceName)
            {
                await ReadInstanceAsync(part.Content, cancellationToken);
            }
            else if (part.FileName is not null)
            {
                await ReadFileAsync(part, cancellationToken);
            }
        }

        if (XmlSha256 is null)
        {
            throw SubmissionProblems.NoInstance();
        }
    }

    /// <summary>Reads what must be known of the instance.</summary>
    /// <exception cref="InstanceException">It cannot be stored; the fault says why.</exception>
    public async ValueTask<InstanceHead> ReadHeadAsync(AttachmentPaths paths, CancellationToken cancellationToken)
    {
        if (XmlBlob is not { } blob)
        {
            return InstanceReader.ReadHead(Xml.Span, paths);
        }

        await LargeInstances.WaitAsync(cancellationToken);
        try
        {
            await using var xml = await contents.OpenXmlBlobAsync(project, id, 1, blob.Id, cancellationToken);
            return InstanceReader.ReadHead(xml, (_, _) => paths, checked((int)limits.MaxInstanceBytes));
        }
        finally
        {
            LargeInstances.Release();
        }
    }

    /// <summary>Gives all bytes of the instance to <paramref name="take"/>, large instances in turn.</summary>
    public async Task<T> ReadWholeAsync<T>(Func<ReadOnlyMemory<byte>, Task<T>> take, CancellationToken cancellationToken)
    {
        if (XmlBlob is not { } blob)
        {
            return await take(Xml.Memory);
        }

        await LargeInstances.WaitAsync(cancellationToken);
        try
        {
            using var whole = new PooledBytes();
            await using var xml = await contents.OpenXmlBlobAsync(project, id, 1, blob.Id, cancellationToken);
            var length = checked((int)xml.Length);
            await xml.ReadExactlyAsync(whole.GetMemory(length)[..length], cancellationToken);
            whole.Advance(length);
            return await take(whole.Written);
        }
        finally
        {
            LargeInstances.Release();
        }
    }

    /// <summary>Cleans the other pictures of what tells where they were taken; gives the names of those that cannot be cleaned.</summary>
    public async Task<IReadOnlyList<string>> CleanAsync(IReadOnlySet<string> hidden, CancellationToken cancellationToken)
    {
        var unclean = new List<string>();
        foreach (var (name, file) in _files.Where(one => !hidden.Contains(one.Key)).ToList())
        {
            var (outcome, clean, size) = await contents.CleanFileAsync(project, file.Row, file.Blob.Id, cancellationToken);
            if (outcome == StripOutcome.Refused)
            {
                unclean.Add(name);
            }
            else if (clean is not null)
            {
                _files[name] = file with { Blob = clean, Size = size };
                Exchange(file.Row, file.Blob, clean);
            }
        }

        return unclean;
    }

    /// <summary>Puts a masked instance in the place of the one received.</summary>
    public async Task MaskAsync(ReadOnlyMemory<byte> masked, CancellationToken cancellationToken)
    {
        XmlSize = masked.Length;
        if (XmlBlob is { } whole)
        {
            await using var stage = blobs.Begin();
            await using (var sealing = contents.BeginXml(project, id, 1, stage))
            {
                await sealing.WriteAsync(masked, cancellationToken);
                await sealing.CompleteAsync(cancellationToken);
            }

            XmlBlob = await stage.FinishAsync(cancellationToken);
            Exchange(id.Value, whole, XmlBlob);
        }
        else
        {
            Xml.Replace(masked.Span);
        }
    }

    /// <summary>Seals the files of confidential questions with keys of their own.</summary>
    public async Task HideAsync(IReadOnlySet<string> files, CancellationToken cancellationToken)
    {
        foreach (var (name, file) in _files.Where(one => files.Contains(one.Key)).ToList())
        {
            _files[name] = await contents.HideAsync(project, file, cancellationToken);
            Exchange(file.Row, file.Blob, _files[name].Blob);
        }
    }

    /// <summary>Deletes every file of this request that nothing will name: it was refused, or was here already.</summary>
    public void Discard(IReadOnlySet<Guid>? taken = null)
    {
        foreach (var file in _stored.Where(file => taken?.Contains(file.Row) != true))
        {
            blobs.Discard(file.Blob);
        }

        _stored.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Xml.Dispose();

    private void Exchange(Guid row, StoredBlob before, StoredBlob after)
    {
        _stored.Remove((row, before));
        _stored.Add((row, after));
        blobs.Discard(before);
    }

    private async Task ReadInstanceAsync(Stream content, CancellationToken cancellationToken)
    {
        if (XmlSha256 is not null)
        {
            throw SubmissionProblems.TwoInstances();
        }

        if (await Xml.FillAsync(content, limits.InlineInstanceBytes, cancellationToken))
        {
            XmlSize = Xml.Length;
            XmlSha256 = SHA256.HashData(Xml.Span);
            return;
        }

        await ReadLargeInstanceAsync(content, cancellationToken);
    }

    private async Task ReadLargeInstanceAsync(Stream content, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var stage = blobs.Begin();
        await using (var sealing = contents.BeginXml(project, id, 1, stage))
        {
            hash.AppendData(Xml.Span);
            await sealing.WriteAsync(Xml.Span.ToArray(), cancellationToken);
            XmlSize = Xml.Length;
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                XmlSize += read;
                if (XmlSize > limits.MaxInstanceBytes)
                {
                    throw SubmissionProblems.TooLarge("The filled form", limits.MaxInstanceBytes);
                }

                hash.AppendData(buffer, 0, read);
                await sealing.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            await sealing.CompleteAsync(cancellationToken);
        }

        XmlBlob = await stage.FinishAsync(cancellationToken);
        _stored.Add((id.Value, XmlBlob));
        XmlSha256 = hash.GetHashAndReset();
    }

    private async Task ReadFileAsync(SubmissionPart part, CancellationToken cancellationToken)
    {
        var name = RequireFileName(part.FileName);
        var row = Guid.CreateVersion7(clock.GetUtcNow());
        var file = await contents.ReceiveFileAsync(project, row, part.Content, limits.MaxAttachmentBytes, isConfidential: false, cancellationToken);
        _stored.Add((row, file.Blob));
        if (_files.TryAdd(name, file))
        {
            return;
        }

        if (!_files[name].ContentMac.AsSpan().SequenceEqual(file.ContentMac))
        {
            throw SubmissionProblems.FileTwice(name);
        }

        blobs.Discard(file.Blob);
    }

    // The name never touches our disk; it is refused here because it will be a name on someone else's.
    private static string RequireFileName(string? name) =>
        name is { Length: > 0 and <= 255 } && name is not ("." or "..")
        && !name.AsSpan().ContainsAny('/', '\\') && !name.Any(char.IsControl)
            ? name
            : throw SubmissionProblems.BadFileName();
}
