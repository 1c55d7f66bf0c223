using System.Security.Cryptography;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Vault;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Contents;

/// <summary>Takes an instance in the clear; its bytes are wiped right after.</summary>
internal delegate void TakeInstance(ReadOnlySpan<byte> xml);

/// <summary>Opens instances one by one, wherever they lie.</summary>
internal sealed class OpenInstances(SealedContents contents, ConfidentialContents confidential, StoredXml stored) : IDisposable
{
    // Instances too large for their row are opened one at a time: each may take 64 MiB.
    private readonly SemaphoreSlim _large = new(1);

    /// <summary>Whether a problem says that a stored submission is damaged, so that only this one is lost.</summary>
    public static bool IsDamage(Exception problem) => problem
        is VaultException or InstanceException or FileNotFoundException or DirectoryNotFoundException
        or EndOfStreamException or InvalidDataException or System.Text.Json.JsonException;

    /// <summary>
    /// Opens the instance of a row and gives it to <paramref name="take"/>: without confidential answers, or with them where the block is
    /// whole.
    /// </summary>
    public async ValueTask OpenAsync(
        ProjectRef project, SealedBlock block, int at, TakeInstance take, CancellationToken cancellationToken)
    {
        var row = block.Rows[at];
        if (row.Answers == AnswersState.Clear)
        {
            if (block.IsWhole)
            {
                take = row.Confidential is null ? take : Merging(project, block, at, take);
            }
            else if (await confidential.FindStalePlanAsync(row.FormVersion, row.Confidential, cancellationToken) is not null)
            {
                await OpenAnewAsync(project, block, at, take, cancellationToken);
                return;
            }
        }

        if (row.XmlBlob is { } blob)
        {
            await OpenLargeAsync(project, row, new BlobId(blob), take, cancellationToken);
            return;
        }

        var xml = contents.OpenXml(project, row.Id, row.Version, block.BytesAt(row.Xml));
        try
        {
            take(xml);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(xml);
        }
    }

    private TakeInstance Merging(ProjectRef project, SealedBlock block, int at, TakeInstance take) => xml =>
    {
        var row = block.Rows[at];
        Merge(xml, confidential.Open(project, row.Id, row.Version, block.BytesAt(row.Values)), take);
    };

    // It is not split by what is confidential now. Instance and answers are read anew, in one look: the block may be of before they were split.
    private async Task OpenAnewAsync(ProjectRef project, SealedBlock block, int at, TakeInstance take, CancellationToken cancellationToken)
    {
        var (id, version) = (block.Rows[at].Id, block.Rows[at].Version);
        byte[] xml;
        try
        {
            xml = await stored.GetAsync(project, id, version, "", cancellationToken);
        }
        catch (ProblemException problem)
        {
            throw new InvalidDataException("A submission is damaged.", problem);
        }

        try
        {
            take(xml);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(xml);
        }
    }

    private static void Merge(ReadOnlySpan<byte> xml, IReadOnlyList<ConfidentialValue> values, TakeInstance take)
    {
        using var whole = new PooledBytes();
        InstanceSplit.Merge(xml, values, whole);
        take(whole.Written.Span);
    }

    /// <summary>Opens what the sender told about its device; empty when it told nothing or that is damaged.</summary>
    public SenderFacts SenderOf(ProjectRef project, SealedBlock block, int at)
    {
        var row = block.Rows[at];
        return row.Meta.Equals(default)
            ? new SenderFacts(null, null)
            : contents.OpenMetaOrNothing(project, row.Id, row.Version, block.BytesAt(row.Meta));
    }

    /// <inheritdoc/>
    public void Dispose() => _large.Dispose();

    private async Task OpenLargeAsync(
        ProjectRef project, SealedRow row, BlobId blob, TakeInstance take, CancellationToken cancellationToken)
    {
        await _large.WaitAsync(cancellationToken);
        try
        {
            await using var stream = await contents.OpenXmlBlobAsync(project, row.Id, row.Version, blob, cancellationToken);
            using var xml = new PooledBytes();
            var length = checked((int)stream.Length);
            await stream.ReadExactlyAsync(xml.GetMemory(length)[..length], cancellationToken);
            xml.Advance(length);
            take(xml.Written.Span);
        }
        finally
        {
            _large.Release();
        }
    }
}
