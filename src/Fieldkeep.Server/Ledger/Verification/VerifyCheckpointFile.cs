using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Server.Ledger.Verification;

/// <summary>Holds the database to checkpoints that left it: the file beside it, those in backups, those that somebody kept.</summary>
/// <param name="db">The database, for reading only.</param>
/// <param name="signatures">Reads and checks the checkpoints.</param>
/// <param name="bodies">Opens bodies; null without keys.</param>
/// <param name="findings">Takes what does not hold.</param>
internal sealed class VerifyCheckpointFile(Db db, CheckpointJudge signatures, EntryBodies? bodies, Findings findings)
{
    private const string Signed = "select size, root, at, note from ledger.checkpoints where size <= @size order by at, size";
    private const string HasNote = "select exists (select from ledger.checkpoints where size = @size and note = @note)";
    // What is no leaf yet excuses nothing.
    private const string Restores = "select " + StoredEntry.Columns + """

        from ledger.entries e join ledger.leaves l on l.entry_id = e.id
        where e.action = 'ledger.restore' and e.project_id is null and l.leaf_index < @size order by e.id
        """;

    private readonly List<(DateTimeOffset At, long Checkpoint)> _restores = [];

    /// <summary>Finds the restores that the server itself recorded; comes before everything else.</summary>
    public async Task ReadRestoresAsync(CheckpointRow last, CancellationToken cancellationToken)
    {
        await foreach (var entry in db.StreamAsync(
            Restores, parameters => parameters.AddWithValue("size", last.Size), row => StoredEntry.Read(row, 0), cancellationToken))
        {
            // Without keys nobody can tell; the report says that then.
            byte[]? plain = null;
            if (entry is not null
                && (bodies is null || (bodies.Open(null, entry.Row, entry.Body, out plain) == BodyState.Opened && plain is not null && entry.Fits(plain))))
            {
                _restores.Add((entry.At, plain is null ? 0 : CheckpointOf(plain)));
            }
        }
    }

    /// <summary>Holds the database to the data directory's own file, which must have every checkpoint but the newest.</summary>
    public async Task RunAsync(string path, CheckpointRow last, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            findings.Add(new Finding("file.missing", $"The checkpoint file {path} is missing.") { File = path });
            return;
        }

        await using var rows = db.StreamAsync(
            Signed,
            parameters => parameters.AddWithValue("size", last.Size),
            row => new CheckpointRow(row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3)),
            cancellationToken).GetAsyncEnumerator(cancellationToken);
        var next = await NextAsync(rows);
        string? unreadable = null;
        foreach (var (read, text, line) in CheckpointFile.Read(path, new FileInfo(path).Length))
        {
            var place = $"{path}:{line}";
            unreadable = read is null ? text : null;
            if (read is null)
            {
                findings.Remark($"{place} is no whole checkpoint: a power cut leaves such lines, and changing one does too.");
                continue;
            }

            while (next is not null && next.At < read.Checkpoint.At)
            {
                AddLacking(path, next);
                next = await NextAsync(rows);
            }

            if (next is not null && next.Note == read.Note)
            {
                next = await NextAsync(rows);
            }
            else
            {
                await CheckStrangerAsync(read, place, cancellationToken);
                next = next is not null && next.At == read.Checkpoint.At ? await NextAsync(rows) : next;
            }
        }

        // The newest may have been signed a moment ago: it comes into the file right after it is committed.
        for (var lacking = next; lacking is not null; lacking = next)
        {
            next = await NextAsync(rows);
            if (next is not null)
            {
                AddLacking(path, lacking);
            }
            else if (unreadable is not null && !CheckpointFile.IsTorn(unreadable, lacking.Note))
            {
                findings.Add(new Finding("file.changed", $"What stands last in the checkpoint file {path} is no beginning of the checkpoint of {lacking.Size} entries, which comes next.")
                {
                    Checkpoint = lacking.Size,
                    File = path,
                });
            }
        }
    }

    /// <summary>Holds the database to checkpoints kept elsewhere, of which it must have each.</summary>
    public async Task CheckWitnessAsync(string path, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var (read, _, line) in CheckpointFile.Read(path, new FileInfo(path).Length))
        {
            if (read is not null)
            {
                count++;
                await CheckStrangerAsync(read, $"{path}:{line}", cancellationToken);
            }
        }

        if (count == 0)
        {
            findings.NotVerified.Add($"{path} has no checkpoint in it");
        }
    }

    /// <summary>Holds the database to one checkpoint kept elsewhere.</summary>
    public async Task CheckWitnessAsync(string note, string place, CancellationToken cancellationToken)
    {
        if (SignedCheckpoint.Read(note) is { } read)
        {
            await CheckStrangerAsync(read, place, cancellationToken);
        }
        else
        {
            findings.Add(new Finding("file.unreadable", $"The checkpoint in {place} is not written as a checkpoint is.") { File = place });
        }
    }

    private async Task CheckStrangerAsync(SignedCheckpoint read, string place, CancellationToken cancellationToken)
    {
        var said = read.Checkpoint;
        if (!signatures.IsOwn(read))
        {
            findings.Add(new Finding("file.signature", $"The checkpoint of {said.Size} entries in {place} is not signed by this installation's key.")
            {
                Checkpoint = said.Size,
                File = place,
            });
        }
        else if (await db.GetAsync<bool>(HasNote, new { size = said.Size, note = read.Note }, cancellationToken))
        {
            // Signed while this looks, or named twice.
        }
        else if (_restores.Find(one => one.At > said.At && said.Size > one.Checkpoint) is { At: var restored } && restored != default)
        {
            findings.Remark($"The checkpoint of {said.Size} entries in {place}, signed at {said.At:u}, was given up when a backup was restored at {restored:u}.");
        }
        else
        {
            findings.Add(new Finding(
                "file.unknown",
                $"The database lacks the checkpoint of {said.Size} entries that stands in {place}, signed at {said.At:u}: it was set back to an older state, or its checkpoints were changed.")
            {
                Checkpoint = said.Size,
                File = place,
            });
        }
    }

    // Up to this one the backup had them.
    private static long CheckpointOf(byte[] plain)
    {
        using var told = JsonDocument.Parse(plain);
        return told.RootElement.TryGetProperty("after", out var after) && after.ValueKind == JsonValueKind.Object
            && after.TryGetProperty("checkpoint", out var size) && size.TryGetInt64(out var number)
                ? number
                : long.MaxValue;
    }

    private void AddLacking(string path, CheckpointRow row) =>
        findings.Add(new Finding("file.lacks", $"The checkpoint file {path} lacks the checkpoint of {row.Size} entries, signed at {row.At:u}.")
        {
            Checkpoint = row.Size,
            File = path,
        });

    private static async Task<CheckpointRow?> NextAsync(IAsyncEnumerator<CheckpointRow> rows) =>
        await rows.MoveNextAsync() ? rows.Current : null;
}
