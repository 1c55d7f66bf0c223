using System.Security.Cryptography;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Proofs;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Submissions.Recovering;

/// <summary>Seals a version of a recovered submission with the keys of its new project: what is confidential apart, as it was.</summary>
internal sealed class SealRecovered(SealedContents contents, BlobStore blobs, SubmissionLimits limits, ChangeLog changes, TimeProvider clock)
{
    /// <summary>Does it; nothing of it is in the database yet.</summary>
    /// <param name="form">The version of the form here.</param>
    /// <param name="content">The version, opened.</param>
    /// <param name="into">Takes it, and the files on disk.</param>
    public async Task RunAsync(
        Actor actor, RecoveryPlace place, FormDefinition form, RecoverableContent content, SealedRecovered into, CancellationToken cancellationToken)
    {
        var (here, id, number) = (place.Here, into.Id, content.Version);
        var mac = contents.ContentMac(here, SHA256.HashData(content.Whole));
        var sender = place.SenderOf(content.Submitter);
        var confidential = content.Values is { } values
            ? new ConfidentialPart(
                // Not that of the form here by now: what somebody marked in the copy meanwhile is not taken out of it yet.
                place.ConfidentialNumber,
                contents.SealValues(here, id, number, values),
                contents.ContentMac(here, SHA256.HashData(content.Xml)),
                contents.ContentMac(here, SHA256.HashData(values)),
                null,
                IsBeyondRight: false)
            : null;
        var isLarge = content.Xml.Length > limits.InlineInstanceBytes;
        var after = VersionEntry.Of(place.Form.Value, number, content.InstanceId, mac, confidential, id.Value, isDraft: false);
        after["submitter"] = sender.Value;
        after["receivedAt"] = content.ReceivedAt;
        var row = new NewSubmission
        {
            Id = id,
            Project = here,
            Form = place.Form,
            FormVersion = form.VersionId,
            IsDraft = false,
            InstanceId = content.InstanceId,
            DeprecatedId = null,
            Submitter = actor with { Id = sender },
            ContentMac = mac,
            Xml = isLarge ? null : contents.SealXml(here, id, number, content.Xml),
            XmlBlob = isLarge ? await SealLargeAsync(here, id, content, into, cancellationToken) : null,

            // Whoever is gone leaves no device behind either.
            Meta = content.Facts is { } facts && sender.Value > 0 ? contents.SealMeta(here, id, number, facts) : null,
            Size = content.Xml.Length,
            ReceivedAt = content.ReceivedAt,
            Files = await SealFilesAsync(place, content, into, cancellationToken),
            EncryptedOrdinal = content.EncryptedOrdinal,
            Confidential = confidential,
            Change = changes.Prepare(actor, new Change(PlaceRecovered.Action, here, "submission", content.InstanceId, null, after)),
        };
        into.Versions.Add(new SealedVersion(number, row, content.RewrittenAt, content.EmptiedAt));
    }

    private async Task<StoredBlob> SealLargeAsync(
        ProjectRef here, SubmissionId id, RecoverableContent content, SealedRecovered into, CancellationToken cancellationToken)
    {
        await using var stage = blobs.Begin();
        await using (var sealing = contents.BeginXml(here, id, content.Version, stage))
        {
            await sealing.WriteAsync(content.Xml, cancellationToken);
            await sealing.CompleteAsync(cancellationToken);
        }

        var blob = await stage.FinishAsync(cancellationToken);
        into.Keep(blob);
        return blob;
    }

    private async Task<IReadOnlyList<NamedFile>> SealFilesAsync(
        RecoveryPlace place, RecoverableContent content, SealedRecovered into, CancellationToken cancellationToken)
    {
        var files = new List<NamedFile>(content.Files.Count);
        foreach (var file in content.Files)
        {
            // The same row and other bytes: one that came later, or was sealed otherwise since.
            var isKnown = into.Files.TryGetValue(file.Row, out var known)
                && ((known.Received is not null) == (file.Blob is not null) || into.Lost.Contains(file.Row)) && known.IsConfidential == file.IsConfidential && known.Name == file.Name;
            if (!isKnown || known is null)
            {
                known = await SealFileAsync(place, content.Version, file, into, cancellationToken);
                into.Files[file.Row] = known;
            }

            files.Add(known);
        }

        return files;
    }

    private async Task<NamedFile> SealFileAsync(
        RecoveryPlace place, int version, RecoverableFile file, SealedRecovered into, CancellationToken cancellationToken)
    {
        var here = place.Here;
        var row = Guid.CreateVersion7(clock.GetUtcNow());
        ReceivedFile? received = null;
        if (file.Blob is { } blob)
        {
            try
            {
                await using var opened = await place.From.OpenFileAsync(place.There, file, blob, cancellationToken);
                received = await contents.ReceiveFileAsync(here, row, opened, long.MaxValue, file.IsConfidential, cancellationToken);
                into.Keep(received.Blob);
            }
            catch (Exception damage) when (damage is VaultException or FileNotFoundException or DirectoryNotFoundException)
            {
                into.Lost.Add(file.Row);
                into.Missing.Add($"version {version}: {SubmissionFile.ShownName(file.Name, file.IsConfidential)}");
            }
        }

        return new NamedFile(
            file.Name, contents.NameMac(here, file.Name), row, contents.SealName(here, row, file.Name, file.IsConfidential), received, file.IsConfidential);
    }
}
