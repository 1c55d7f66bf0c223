using System.Text.Json;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Names the files and keys that only records of the journal mean, waiting or set aside, so that nobody takes them for strays or for out of use.</summary>
internal sealed class MeantByIntake(OpenedIntake opened, Keyring keyring, TimeProvider clock)
{
    private const string Undrained = ".fkj";

    // What waits for less is on its way to the database.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromMinutes(1);

    // Who sent it was let in before its files were read, by a slow line.
    private static readonly TimeSpan LongestRequest = TimeSpan.FromDays(1);

    /// <summary>Names the files, SHA-256 as hex in lower case; null while the journal is closed to us, or holds what cannot be read.</summary>
    public async Task<IReadOnlySet<string>?> ListBlobsAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken) is not { } records)
        {
            return null;
        }

        return records.SelectMany(record => record.Blobs).Select(blob => Convert.ToHexStringLower(blob.Sha256.Span)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether one is of a project, by its entry in the keyring; true also when that cannot be known.</summary>
    public async Task<bool> NeedsKeysAsync(Guid project, CancellationToken cancellationToken) =>
        await ReadAsync(cancellationToken) is not { } records || records.Any(record => record.ProjectKey == project);

    /// <summary>Gives since when sessions may have sent what waits for the database; null when nothing waits.</summary>
    public DateTimeOffset? SessionsSince() =>
        opened.Journal?.State.OldestWaitingAt is { } oldest && oldest < clock.GetUtcNow() - OnItsWay ? oldest - LongestRequest : null;

    private Task<IReadOnlyList<Meant>?> ReadAsync(CancellationToken cancellationToken) =>
        opened.WithoutMovesAsync(() => ReadStillAsync(cancellationToken), cancellationToken);

    private async Task<IReadOnlyList<Meant>?> ReadStillAsync(CancellationToken cancellationToken)
    {
        if (opened.Journal is not { } journal)
        {
            return null;
        }

        var state = journal.State;
        var records = new List<Meant>();
        try
        {
            if (state.Quarantined > 0)
            {
                var read = 0;
                await foreach (var record in journal.ReadQuarantineAsync(cancellationToken))
                {
                    read++;
                    Add(records, record.Content.Span);
                }

                if (read < state.Quarantined)
                {
                    return null;
                }
            }

            if (state.WaitingRecords > 0)
            {
                await foreach (var record in journal.ReadUndrainedAsync(cancellationToken))
                {
                    Add(records, record.Content.Span);
                }
            }
        }
        catch (JsonException)
        {
            return null;
        }

        // What a segment holds that cannot be read means something, too. Damage of one that is drained counts no more after the next start.
        return journal.State.Damage.Any(damage => damage.File.EndsWith(Undrained, StringComparison.Ordinal)) ? null : records;
    }

    // What belonged to an erased project is not read again: its files go.
    private void Add(List<Meant> records, ReadOnlySpan<byte> content)
    {
        var record = IntakeRecord.Peek(content);
        if (!keyring.ErasedProjects.Any(erased => erased.Project == record.ProjectKey))
        {
            records.Add(new Meant(record.ProjectKey, [.. record.Blobs()]));
        }
    }

    // Of a record no more than this is kept: a quarter of a million may wait.
    private sealed record Meant(Guid ProjectKey, IReadOnlyList<BlobId> Blobs);
}
