using System.Text.Json;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Upgrades;

/// <summary>What is known of a snapshot; it stands beside it as <c>note.json</c>. No secrets, no names.</summary>
/// <param name="Name">Its name: when it was taken.</param>
/// <param name="TakenAt">When.</param>
/// <param name="From">The last migration that the database had.</param>
/// <param name="To">The last migration of the program that took it.</param>
/// <param name="Bytes">How large it was.</param>
/// <param name="LastEntry">The last entry of the ledger, 0 for none: what stands behind it came after.</param>
public sealed record SnapshotNote(string Name, DateTimeOffset TakenAt, string From, string To, long Bytes, long LastEntry)
{
    internal const string FileName = "note.json";

    private const UnixFileMode UserOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>When the database was brought to the new version; null while it was not.</summary>
    public DateTimeOffset? MigratedAt { get; init; }

    /// <summary>When all was verified after that, and held; null while it was not.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>What did not hold when it was verified; null for nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>When a rollback put the database of the new version here, in the snapshot's place; null while the snapshot lies here.</summary>
    public DateTimeOffset? LeftAt { get; init; }

    /// <summary>Reads a snapshot's note; null when there is none that can be read.</summary>
    internal static SnapshotNote? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<SnapshotNote>(File.ReadAllBytes(Path.Combine(folder, FileName)), Json);
        }
        catch (Exception none) when (none is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes it in place of the former one, durably.</summary>
    internal void Write(string folder) => DurableFile.Replace(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json), UserOnly);
}
