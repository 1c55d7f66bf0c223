using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup;

/// <summary>Tells how a rehearsal of a restore went. Holds nothing of anybody's data; lies in clear in the backup directory.</summary>
/// <param name="BegunAt">When it began, UTC.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Problem">Why it failed, or what does not hold; null when all went well.</param>
public sealed record RehearsalReport(DateTimeOffset BegunAt, double Seconds, string? Problem)
{
    private const string Folder = "rehearsals";
    private const int MaxKept = 400;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The base backup it began with; null when none was found.</summary>
    public string? Backup { get; init; }

    /// <summary>The time of the last commit that was restored, UTC; null when nothing was committed since the base backup.</summary>
    public DateTimeOffset? LastCommitAt { get; init; }

    /// <summary>Tables the restored database answered with.</summary>
    public long TableCount { get; init; }

    /// <summary>Blobs brought back.</summary>
    public long BlobCount { get; init; }

    /// <summary>Photos and other files that the restored database names and that did not come back.</summary>
    public long MissingFiles { get; init; }

    /// <summary>Whether it did not begin, or was ended, because the disk has too little room.</summary>
    public bool HadNoRoom { get; init; }

    /// <summary>Whether it was ended because files are still being copied into the backup directory: what is missing may come.</summary>
    public bool WasTooEarly { get; init; }

    /// <summary>Whether it says something of the backup.</summary>
    [JsonIgnore]
    public bool IsJudged => !HadNoRoom && !WasTooEarly;

    /// <summary>What was found of the ledger and the submissions, in a line; null when nobody looked.</summary>
    public string? Words { get; init; }

    /// <summary>Those that are noted in a backup directory and can be read, newest first.</summary>
    /// <param name="most">So many at most.</param>
    internal static IReadOnlyList<RehearsalReport> List(BackupStore store, int most) => [.. ReadAll(store).Take(most)];

    /// <summary>The newest that is noted in a backup directory and says something of the backup; null when there is none.</summary>
    internal static RehearsalReport? FindJudged(BackupStore store) => ReadAll(store).FirstOrDefault(one => one.IsJudged);

    /// <summary>Notes it in the backup directory, durably; some four hundred are kept.</summary>
    internal void Write(BackupStore store)
    {
        var folder = Path.Combine(store.Root, Folder);
        store.Require();
        store.MakeFolder(folder);
        DurableFile.Replace(
            Path.Combine(folder, BegunAt.UtcDateTime.ToString(BackupStore.NameFormat, CultureInfo.InvariantCulture) + ".json"),
            JsonSerializer.SerializeToUtf8Bytes(this, Json),
            UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (var old in Directory.EnumerateFiles(folder, "*.json").OrderDescending(StringComparer.Ordinal).Skip(MaxKept))
        {
            File.Delete(old);
        }
    }

    // One at a time, as they are asked for.
    private static IEnumerable<RehearsalReport> ReadAll(BackupStore store)
    {
        var folder = Path.Combine(store.Root, Folder);
        return PlainFile.IsFolder(folder)
            ? Directory.EnumerateFiles(folder, "*.json").OrderDescending(StringComparer.Ordinal).Select(Read).OfType<RehearsalReport>()
            : [];
    }

    private static RehearsalReport? Read(string path)
    {
        try
        {
            using var file = PlainFile.FindRead(path);
            return file is null ? null : JsonSerializer.Deserialize<RehearsalReport>(file, Json);
        }
        catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
