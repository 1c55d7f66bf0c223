using System.Buffers.Binary;
using System.Text;
using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Segments;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Journal.Quarantine;

/// <summary>The folder of records that could not be placed: each in an envelope of its own. docs/formats/intake-journal.md, "Quarantine".</summary>
internal sealed class QuarantineFolder(IJournalDisk disk, JournalSeal seal, Shelf shelf, TimeProvider clock)
{
    /// <summary>The folder's name.</summary>
    public const string Folder = "quarantine";

    private const string Extension = ".fkq";
    private const string Fresh = ".new";
    private const string Column = "journal.quarantine";
    private const byte Layout = 1;
    private const int ReasonAt = 1 + 8 + 8 + 1;

    /// <summary>Makes the folder, and removes what a killed process had not finished: its record still waits.</summary>
    public void Open()
    {
        disk.CreateFolder(Folder);
        var files = disk.List(Folder);
        foreach (var leftover in files.Where(file => file.EndsWith(Fresh, StringComparison.Ordinal)))
        {
            disk.Unlink($"{Folder}/{leftover}");
        }

        shelf.CountQuarantined(files.Count(file => TryId(file) is not null));
    }

    /// <summary>Writes the record of a segment to a file of its own; it is durable when this returns. Puts the same content of the same id there only once.</summary>
    public void Put(string segment, long number, FramePlace place, string reason)
    {
        using var reader = new SegmentReader(disk, seal);
        var cursor = reader.TryOpen(segment, number, out _);
        while (cursor?.Next() == true)
        {
            if (cursor.Place == place)
            {
                Put(new JournalRecord(cursor.Id, cursor.At, cursor.Payload.ToArray()), reason);
                return;
            }
        }

        throw new JournalException(JournalTrouble.NoRecord, $"The record at {place.Offset} of {segment} cannot be read any more.");
    }

    /// <summary>The files, rising by name.</summary>
    public IReadOnlyList<string> List() =>
        [.. disk.List(Folder).Where(file => TryId(file) is not null).Order(StringComparer.Ordinal)];

    /// <summary>Opens one file; null when it is damaged, which is noted.</summary>
    public QuarantinedRecord? TryRead(string file)
    {
        var path = $"{Folder}/{file}";
        var id = TryId(file) ?? throw new ArgumentException($"“{file}” is no file of the quarantine.", nameof(file));
        try
        {
            var bytes = new byte[disk.LengthOf(path)];
            var read = disk.Read(path, 0, bytes);
            var content = Envelope.Open(seal.Key, EnvelopePurpose.Journal, Place(id), bytes.AsSpan(0, read)).AsMemory();
            return Parse(file, id, content);
        }
        catch (VaultException)
        {
            shelf.Note(null, [new JournalDamage(path, 0, DamageKind.Frame)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            shelf.Note(null, [new JournalDamage(path, 0, DamageKind.Unreadable)]);
        }

        return null;
    }

    /// <summary>Removes a file; nothing happens when it is gone.</summary>
    public void Remove(string file)
    {
        if (TryId(file) is null || !disk.List(Folder).Contains(file))
        {
            return;
        }

        disk.Unlink($"{Folder}/{file}");
        disk.SyncFolder(Folder);
        shelf.CountQuarantined(-1);
    }

    /// <summary>Writes a record to a file of its own; it is durable when this returns. Puts the same content of the same id there only once.</summary>
    public void Put(JournalRecord record, string reason)
    {
        var name = record.Id.ToString("N");
        for (var copy = 2; disk.List(Folder).Contains(name + Extension); copy++)
        {
            if (TryRead(name + Extension) is { } there && there.Content.Span.SequenceEqual(record.Content.Span))
            {
                // Put there before a crash, or before its name could be made durable.
                disk.SyncFolder(Folder);
                return;
            }

            name = $"{record.Id:N}-{copy}";
        }

        var content = Write(record, clock.GetUtcNow(), reason);
        var bytes = Envelope.Seal(seal.Key, EnvelopePurpose.Journal, Place(record.Id), content);
        var path = $"{Folder}/{name}{Extension}";
        if (disk.List(Folder).Contains(name + Extension + Fresh))
        {
            disk.Unlink(path + Fresh);
        }

        using (var file = disk.Create(path + Fresh, bytes.Length))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        disk.Rename(path + Fresh, path);
        disk.SyncFolder(Folder);
        shelf.CountQuarantined(1);
    }

    private static byte[] Write(JournalRecord record, DateTimeOffset now, string reason)
    {
        var content = new byte[ReasonAt + reason.Length + record.Content.Length];
        content[0] = Layout;
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(1), record.At.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(9), now.ToUnixTimeMilliseconds());
        content[ReasonAt - 1] = (byte)reason.Length;
        Encoding.ASCII.GetBytes(reason, content.AsSpan(ReasonAt));
        record.Content.Span.CopyTo(content.AsSpan(ReasonAt + reason.Length));
        return content;
    }

    private QuarantinedRecord? Parse(string file, Guid id, ReadOnlyMemory<byte> content)
    {
        var bytes = content.Span;
        if (bytes.Length < ReasonAt || bytes[0] != Layout || bytes.Length < ReasonAt + bytes[ReasonAt - 1])
        {
            shelf.Note(null, [new JournalDamage($"{Folder}/{file}", 0, DamageKind.UnknownKind)]);
            return null;
        }

        var end = ReasonAt + bytes[ReasonAt - 1];
        return new QuarantinedRecord(
            file,
            id,
            Encoding.ASCII.GetString(bytes[ReasonAt..end]),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes[1..])),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes[9..])),
            content[end..]);
    }

    private EnvelopeContext Place(Guid id) => new(seal.Installation, Guid.Empty, Column, id, 1);

    private static Guid? TryId(string file) =>
        file.EndsWith(Extension, StringComparison.Ordinal) && file.Length >= 32 && Guid.TryParseExact(file[..32], "N", out var id) ? id : null;
}
