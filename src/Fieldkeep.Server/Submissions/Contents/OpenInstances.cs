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
internal sealed class OpenInstances(SealedContents contents, ConfidentialContents confidential) : IDisposable
{
    // Instances too large for their row are opened one at a time: each may take 64 MiB.
    private readonly SemaphoreSlim _large = new(1);

    /// <summary>Whether a problem says that a stored submission is damaged, so that only this one is lost.</summary>
    public static bool IsDamage(Exception problem) => problem
        is VaultException or InstanceException or FileNotFoundException or DirectoryNotFoundException
        or EndOfStreamException or System.Text.Json.JsonException;

    /// <summary>
    /// Opens the instance of a row and gives it to <paramref name="take"/>: without confidential answers, or with them where the block is
    /// whole.
    /// </summary>
    public async ValueTask OpenAsync(
        ProjectRef project, SealedBlock block, int at, TakeInstance take, CancellationToken cancellationToken)
    {
        var row = block.Rows[at];
        var change = await ChangeOfAsync(project, block, row, cancellationToken);
        if (row.XmlBlob is { } blob)
        {
            await OpenLargeAsync(project, row, new BlobId(blob), change is null ? take : xml => change(xml, take), cancellationToken);
            return;
        }

        var xml = contents.OpenXml(project, row.Id, row.Version, block.BytesAt(row.Xml));
        try
        {
            if (change is null)
            {
                take(xml);
            }
            else
            {
                change(xml, take);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(xml);
        }
    }

    // Nearly always none: the row was split when it came, and whoever asks sees what is left.
    private async ValueTask<ChangeInstance?> ChangeOfAsync(
        ProjectRef project, SealedBlock block, SealedRow row, CancellationToken cancellationToken)
    {
        if (row.Answers != AnswersState.Clear)
        {
            return null;
        }

        var version = new StoredVersionRef(row.Id, row.Version, row.FormVersion, row.Confidential);
        if (block.IsWhole)
        {
            return row.Confidential is null
                ? null
                : (xml, take) => Merge(xml, confidential.Open(project, row.Id, row.Version, block.BytesAt(row.Values)), take);
        }

        if (await confidential.FindStalePlanAsync(row.FormVersion, row.Confidential, cancellationToken) is not { } plan)
        {
            return null;
        }

        var values = await confidential.ListAsync(project, version, cancellationToken);
        return (xml, take) => Merge(xml, values, whole => confidential.Mask(project, row.Id, plan, whole, take));
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

    private delegate void ChangeInstance(ReadOnlySpan<byte> xml, TakeInstance take);

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
