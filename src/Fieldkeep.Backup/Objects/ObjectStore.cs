using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Puts objects into an S3-compatible store, lists and reads them. Nothing is overwritten, and what was put is compared with what was sent. What goes wrong is
/// an <see cref="ObjectStoreException"/> without anything of what the store said but its status.
/// </summary>
internal sealed class ObjectStore : IDisposable
{
    private const long MostListed = 50_000_000;
    private const int MostNameLetters = 1_024;
    private const int MostParts = 9_000;
    private const int PartTries = 9;
    private const int BufferBytes = 128 * 1024;

    // A store puts parts together, and says nothing meanwhile.
    private static readonly TimeSpan PutTogether = TimeSpan.FromMinutes(10);

    private readonly ObjectStoreOptions _options;
    private readonly StoreClient _client;
    private readonly string _before;
    private volatile bool _knowsConditions = true;

    /// <summary>Prepares; nothing is asked yet.</summary>
    public ObjectStore(ObjectStoreOptions options)
    {
        (_options, _client) = (options, new StoreClient(options));
        _before = options.Prefix.Length == 0 ? "" : options.Prefix + "/";
    }

    /// <summary>How it is called.</summary>
    public string Address => _options.Address;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Lists the objects whose names begin so.</summary>
    /// <exception cref="ObjectStoreException">It does not answer, refuses, or answers what cannot be.</exception>
    public async IAsyncEnumerable<StoredObject> ListAsync(string below, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (token, count) = ((string?)null, 0L);
        do
        {
            var page = await ListPageAsync(below, token, delimiter: null, cancellationToken);
            foreach (var one in page.S3Objects ?? [])
            {
                if (one.Key?.StartsWith(_before + below, StringComparison.Ordinal) != true || one.Key.Length > MostNameLetters || ++count > MostListed)
                {
                    throw Strange("lists what was not asked for, or without an end");
                }

                yield return new StoredObject(one.Key[_before.Length..], one.Size ?? -1, one.LastModified is { } at ? new DateTimeOffset(at.ToUniversalTime()) : DateTimeOffset.MaxValue);
            }

            token = NextOf(page, token);
        }
        while (token is not null);
    }

    /// <summary>Lists the names that lie directly below, as folders.</summary>
    /// <param name="below">Empty, or with a slash at the end.</param>
    /// <exception cref="ObjectStoreException">It does not answer, refuses, or answers what cannot be.</exception>
    public async Task<IReadOnlyList<string>> ListFoldersAsync(string below, CancellationToken cancellationToken)
    {
        var (token, found) = ((string?)null, new List<string>());
        do
        {
            var page = await ListPageAsync(below, token, "/", cancellationToken);
            found.AddRange((page.CommonPrefixes ?? []).Where(one => one.StartsWith(_before + below, StringComparison.Ordinal))
                .Select(one => one[(_before + below).Length..].TrimEnd('/')));
            token = NextOf(page, token);
        }
        while (token is not null && found.Count < MostParts);
        return found;
    }

    /// <summary>
    /// Puts an object, unless there is one of that name, and compares what lies there then by length and SHA-256: as the store says it, else by reading it back.
    /// </summary>
    /// <param name="key">Its name.</param>
    /// <param name="content">Read from its beginning, perhaps several times; of that length.</param>
    /// <param name="sha256">Of the content, in hex.</param>
    /// <exception cref="ObjectStoreException">It does not answer or refuses; <see cref="ObjectStoreException.IsOther"/>: there is other content under that name.</exception>
    public async Task PutAsync(string key, Stream content, string sha256, CancellationToken cancellationToken)
    {
        // A large one would be sent whole to be told so, and where conditions are not known it would be put over what is there.
        if ((content.Length >= _options.PartsFrom || !_knowsConditions) && await IsThereAsync(key, content.Length, sha256, cancellationToken))
        {
            return;
        }

        var (sums, wasPut) = (new List<byte[]>(), true);
        while (true)
        {
            var isConditional = _knowsConditions;
            try
            {
                sums.Clear();
                await (content.Length >= _options.PartsFrom
                    ? PutPartsAsync(key, content, sums, isConditional, cancellationToken)
                    : PutOnceAsync(key, content, sha256, isConditional, cancellationToken));
                break;
            }
            catch (ObjectStoreException there) when (there.Status == (int)HttpStatusCode.PreconditionFailed)
            {
                wasPut = false;
                break;
            }
            catch (ObjectStoreException unknown) when (isConditional && (unknown.Status == (int)HttpStatusCode.NotImplemented || unknown.Code == "NotImplemented"))
            {
                // The name holds the digest: what would be overwritten is the same, or something false.
                _knowsConditions = false;
            }
        }

        try
        {
            await RequireSameAsync(key, content.Length, sha256, sums, cancellationToken);
        }
        catch (ObjectStoreException changed) when (changed.IsOther && wasPut)
        {
            throw new ObjectStoreException(changed.Message) { IsOther = true, WasPut = true };
        }
    }

    /// <summary>Reads an object of known length and digest.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="into">Receives it; what was written is worth nothing when this throws.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="sha256">Of its content, in hex.</param>
    /// <exception cref="ObjectStoreException">It does not answer or refuses; <see cref="ObjectStoreException.IsOther"/>: the content is another.</exception>
    public Task ReadAsync(string key, Stream into, long bytes, string sha256, CancellationToken cancellationToken) => _client.CallAsync(
        bytes,
        async (client, token) =>
        {
            var left = bytes;
            // A line that dies without a word is not waited for as long as all of it may take.
            using var idle = CancellationTokenSource.CreateLinkedTokenSource(token);
            idle.CancelAfter(_options.Patience);
            try
            {
                using var answer = await client.GetObjectAsync(new GetObjectRequest { BucketName = _options.Bucket, Key = _before + key }, idle.Token);
                if (answer.ContentLength != bytes)
                {
                    throw Other(key, $"has {answer.ContentLength} bytes, not {bytes}");
                }

                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                for (var buffer = new byte[BufferBytes]; left > 0; idle.CancelAfter(_options.Patience))
                {
                    var read = await answer.ResponseStream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), idle.Token);
                    if (read == 0)
                    {
                        throw Strange("ended an answer before its end");
                    }

                    hash.AppendData(buffer, 0, read);
                    await WriteAsync(into, buffer.AsMemory(0, read), token);
                    left -= read;
                }

                return Convert.ToHexStringLower(hash.GetHashAndReset()) == sha256 ? true : throw Other(key, "has other bytes than its name says");
            }
            catch (AmazonClientException) when (left == 0)
            {
                // At the end the SDK compares it with what the store noted when it was put.
                throw Other(key, "has other bytes than were put");
            }
        },
        cancellationToken);

    // A disk that is full is no silence of the store.
    private static async Task WriteAsync(Stream into, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await into.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException full)
        {
            throw new DiskException(full);
        }
    }

    private async Task PutOnceAsync(string key, Stream content, string sha256, bool isConditional, CancellationToken cancellationToken)
    {
        content.Position = 0;
        await _client.CallAsync(
            content.Length,
            (client, token) => client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = _options.Bucket,
                    Key = _before + key,
                    InputStream = content,
                    AutoCloseStream = false,
                    UseChunkEncoding = false,
                    ChecksumSHA256 = Convert.ToBase64String(Convert.FromHexString(sha256)),
                    IfNoneMatch = isConditional ? "*" : null,
                },
                token),
            cancellationToken);
    }

    private async Task PutPartsAsync(string key, Stream content, List<byte[]> sums, bool isConditional, CancellationToken cancellationToken)
    {
        var begun = await _client.CallAsync(
            0,
            (client, token) => client.InitiateMultipartUploadAsync(
                new InitiateMultipartUploadRequest { BucketName = _options.Bucket, Key = _before + key, ChecksumAlgorithm = ChecksumAlgorithm.SHA256 }, token),
            cancellationToken);
        var buffer = new byte[(int)Math.Max(_options.PartBytes, content.Length / MostParts)];
        var parts = new List<PartETag>();
        content.Position = 0;
        for (var left = content.Length; left > 0;)
        {
            var count = (int)Math.Min(left, buffer.Length);
            await content.ReadExactlyAsync(buffer.AsMemory(0, count), cancellationToken);
            var sum = SHA256.HashData(buffer.AsSpan(0, count));
            var etag = await PutPartAsync(key, begun.UploadId, parts.Count + 1, new ArraySegment<byte>(buffer, 0, count), Convert.ToBase64String(sum), cancellationToken);
            sums.Add(sum);
            parts.Add(new PartETag(parts.Count + 1, etag) { ChecksumSHA256 = Convert.ToBase64String(sum) });
            left -= count;
        }

        await _client.CallAsync(
            PutTogether,
            (client, token) => client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = _options.Bucket,
                    Key = _before + key,
                    UploadId = begun.UploadId,
                    PartETags = parts,
                    IfNoneMatch = isConditional ? "*" : null,
                },
                token),
            cancellationToken);
    }

    // A base backup takes hours over a slow line: it does not begin anew because that is away for some minutes.
    private async Task<string> PutPartAsync(string key, string upload, int number, ArraySegment<byte> bytes, string sum, CancellationToken cancellationToken)
    {
        var pause = _options.PartPause;
        for (var tried = 1; ; tried++, pause *= 2)
        {
            using var part = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false); // the caller made it of an array
            try
            {
                var answer = await _client.CallAsync(
                    bytes.Count,
                    (client, token) => client.UploadPartAsync(
                        new UploadPartRequest
                        {
                            BucketName = _options.Bucket,
                            Key = _before + key,
                            UploadId = upload,
                            PartNumber = number,
                            PartSize = bytes.Count,
                            InputStream = part,
                            UseChunkEncoding = false,
                            ChecksumSHA256 = sum,
                        },
                        token),
                    cancellationToken);
                return answer.ETag;
            }
            catch (ObjectStoreException away) when (tried < PartTries && IsAway(away))
            {
                await Task.Delay(pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    private static bool IsAway(ObjectStoreException refused) =>
        refused.Status is 0 or 408 or 429 or >= 500 || refused.Code is "RequestTimeout" or "SlowDown";

    private async Task<bool> IsThereAsync(string key, long bytes, string sha256, CancellationToken cancellationToken)
    {
        try
        {
            await RequireSameAsync(key, bytes, sha256, [], cancellationToken);
            return true;
        }
        catch (ObjectStoreException gone) when (gone.Status == (int)HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async Task RequireSameAsync(string key, long bytes, string sha256, List<byte[]> sums, CancellationToken cancellationToken)
    {
        var there = await _client.CallAsync(
            0,
            (client, token) => client.GetObjectMetadataAsync(
                new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = _before + key, ChecksumMode = ChecksumMode.ENABLED }, token),
            cancellationToken);
        if (there.ContentLength != bytes)
        {
            throw Other(key, $"has {there.ContentLength} bytes, not {bytes}");
        }

        var whole = Convert.ToBase64String(Convert.FromHexString(sha256));
        var ofParts = sums.Count == 0 ? null : $"{Convert.ToBase64String(SHA256.HashData(sums.SelectMany(sum => sum).ToArray()))}-{sums.Count}";
        if (there.ChecksumSHA256 is { Length: > 0 } said && (said == whole || said == ofParts))
        {
            return;
        }

        // It says none, or one of other parts.
        await ReadAsync(key, Stream.Null, bytes, sha256, cancellationToken);
    }

    private Task<ListObjectsV2Response> ListPageAsync(string below, string? token, string? delimiter, CancellationToken cancellationToken) => _client.CallAsync(
        0,
        (client, brief) => client.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = _before + below, ContinuationToken = token, Delimiter = delimiter }, brief),
        cancellationToken);

    private string? NextOf(ListObjectsV2Response page, string? token)
    {
        if (page.IsTruncated != true)
        {
            return null;
        }

        return page.NextContinuationToken is { Length: > 0 } next && next != token && (page.S3Objects?.Count ?? 0) + (page.CommonPrefixes?.Count ?? 0) > 0
            ? next
            : throw Strange("lists without an end");
    }

    private ObjectStoreException Strange(string what) => new($"{Address} {what}");

    private ObjectStoreException Other(string key, string what) => new($"{key} in {Address} {what}") { IsOther = true };
}
