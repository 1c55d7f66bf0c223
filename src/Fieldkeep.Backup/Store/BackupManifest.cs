using System.Globalization;
using System.Text.Json;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup.Store;

/// <summary>Lists what a backup consists of. docs/formats/backup.md.</summary>
/// <param name="Format">Always <see cref="CurrentFormat"/>.</param>
/// <param name="Id">Random; the row in every envelope's context.</param>
/// <param name="Installation">Whose data.</param>
/// <param name="TakenAt">When it was begun, UTC.</param>
/// <param name="PostgresMajorVersion">The programs a restore needs.</param>
/// <param name="KeyringGeneration">The keyring it was taken with; the store's is at least that new.</param>
/// <param name="RootKeyFingerprint">Which root key opens it.</param>
/// <param name="RootKeyPath">Where that key lay on the machine of the backup.</param>
/// <param name="Files">The sealed files.</param>
/// <param name="BlobCount">Blobs in all.</param>
/// <param name="BlobBytes">Their bytes in all.</param>
public sealed record BackupManifest(
    string Format,
    Guid Id,
    Guid Installation,
    DateTimeOffset TakenAt,
    int PostgresMajorVersion,
    long KeyringGeneration,
    string RootKeyFingerprint,
    string RootKeyPath,
    IReadOnlyList<BackupFile> Files,
    long BlobCount,
    long BlobBytes)
{
    /// <summary>The newest checkpoint of the ledger when the backup was begun, which its database must have; null when there was none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Where in the log the copy of the database lies; null in backups of releases that kept no log.</summary>
    public BackupLog? Log { get; init; }

    /// <summary>Whether a server took it by itself and removes it when it is old; null for one that was taken by hand, which stays.</summary>
    public bool? IsFollowed { get; init; }

    /// <summary>
    /// How many frames each list of blobs noted beside the log had when it was begun, by the list's name: what was noted later came after it. Null in backups
    /// of releases that did not note it.
    /// </summary>
    public IReadOnlyDictionary<string, long>? NotedBlobs { get; init; }

    /// <summary>Where pgBackRest's files of the database lie; null where the server copied the database itself.</summary>
    public DrivenPlace? PgBackRest { get; init; }

    /// <summary>Bytes that the copy of the database takes in the backup directory.</summary>
    internal long DatabaseBytes => PgBackRest is { } driven ? File(BackupStore.DrivenName).Bytes + driven.Bytes : File(BackupStore.DatabaseName).Bytes;

    /// <summary>Bytes that the database takes where it is restored, as far as can be told.</summary>
    internal long RestoredBytes => PgBackRest?.DatabaseBytes ?? (DatabaseBytes * MostCompressed);

    /// <summary>A copy of a database is compressed, to a fifth or so.</summary>
    internal const int MostCompressed = 8;

    internal const string CurrentFormat = "fieldkeep-backup-1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    internal byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads a manifest; believes nothing in it.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal static BackupManifest Read(ReadOnlySpan<byte> bytes, string path)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<BackupManifest>(bytes, Json);
            return manifest is { Format: CurrentFormat, Files: not null }
                ? manifest
                : throw BackupException.Damaged(
                    $"the manifest {path} has the format “{manifest?.Format}”; this version reads “{CurrentFormat}”");
        }
        catch (JsonException damaged)
        {
            throw BackupException.Damaged($"the manifest {path} is not readable", damaged);
        }
    }

    /// <summary>Finds a file's entry.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal BackupFile File(string name) => Files.FirstOrDefault(file => file.Name == name)
        ?? throw BackupException.Damaged($"the manifest of {TakenAt:u} names no file {name}");
}

/// <summary>Says where pgBackRest's files of a base backup lie: in a chain of a full one and what changed since.</summary>
/// <param name="Chain">The folder below <c>pgbackrest/</c>.</param>
/// <param name="Label">pgBackRest's name of the backup.</param>
/// <param name="Bytes">Its files, those of the earlier ones of its chain included.</param>
/// <param name="DatabaseBytes">The database as it was.</param>
/// <param name="FullBytes">Files of the full one of its chain.</param>
/// <param name="OwnBytes">Files of this one alone.</param>
/// <param name="Position">Its position in the chain, from 1.</param>
public sealed record DrivenPlace(Guid Chain, string Label, long Bytes, long DatabaseBytes, long FullBytes, long OwnBytes, int Position)
{
    /// <summary>Bytes that the next base backup is likely to take, if it is as this one or as the full one of its chain.</summary>
    /// <param name="sealedBytes">All of this one, with those of its chain.</param>
    /// <param name="isChange">Whether it is to copy only what changed.</param>
    internal long ExpectNext(long sealedBytes, bool isChange) => sealedBytes - Bytes + (isChange && Position < DrivenCopy.MostInChain ? OwnBytes : FullBytes);
}

/// <summary>Says which part of the log a copy of the database needs and has in itself, and from where the kept log carries it on.</summary>
/// <param name="System">PostgreSQL's number of the cluster, decimal.</param>
/// <param name="Timeline">The timeline.</param>
/// <param name="Start">Where replaying begins, like <c>0/3000028</c>.</param>
/// <param name="Stop">From where on the copy is consistent.</param>
/// <param name="EndedAt">When the copy was complete, UTC: it can be carried on to any later instant.</param>
public sealed record BackupLog(string System, uint Timeline, string Start, string Stop, DateTimeOffset EndedAt)
{
    /// <summary>Which of the cluster's pasts carries it on, from 1; null when no log was received that does.</summary>
    public uint? Past { get; init; }

    /// <summary>The past that carries it on; null when there is none.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal WalPast? FindPast() => Past is { } number ? new WalPast(SystemNumber, number) : null;

    /// <summary>The cluster's number.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal ulong SystemNumber => ulong.TryParse(System, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw BackupException.Damaged($"a manifest has “{System}” as the number of a cluster");

    /// <summary>The place of <see cref="Stop"/>.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal Lsn StopPlace => Lsn.TryParse(Stop) ?? throw BackupException.Damaged($"a manifest has “{Stop}” as a place in the log");

    /// <summary>The place of <see cref="Start"/>.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal Lsn StartPlace => Lsn.TryParse(Start) ?? throw BackupException.Damaged($"a manifest has “{Start}” as a place in the log");
}

/// <summary>One sealed file: its name, its length and the SHA-256 (hex) of its bytes as they are on disk.</summary>
public sealed record BackupFile(string Name, long Bytes, string Sha256);
