using System.Globalization;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Vault.Keys;

/// <summary>What was seen at a backup directory.</summary>
/// <param name="IsReached">Whether it is there, and the one it should be.</param>
/// <param name="IsNewest">Whether its copies of the keyring are as new as the data directory's, and tell the same of who holds the root key.</param>
/// <param name="LastBackupAt">When its newest backup was begun, UTC; null when it has none.</param>
public sealed record TargetLook(bool IsReached, bool IsNewest, DateTimeOffset? LastBackupAt)
{
    internal static readonly TargetLook Unreached = new(false, false, null);

    // The names of backups begin with their time: docs/formats/backup.md.
    private const string NameFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const int TimeLength = 16;

    internal static TargetLook At(KeyringTarget target, long generation, IReadOnlyList<RootSlip>? slips)
    {
        try
        {
            if (!target.KeyringPaths.Any(File.Exists) || (target.Id is { } id && KeyringTargets.FindId(target.Directory) != id))
            {
                return Unreached;
            }

            var reading = KeyringCopies.ReadBest(target.KeyringPaths);
            var isNewest = reading.Lagging.Count == 0 && reading.Content.Generation >= generation
                && (slips is null || RootSlips.AreBeside(target.KeyringPaths, slips));
            return new TargetLook(true, isNewest, LastBackup(target.Directory));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or VaultException)
        {
            return Unreached;
        }
    }

    private static DateTimeOffset? LastBackup(string directory)
    {
        var folder = Path.Combine(directory, "backups");
        var names = Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)) : [];
        DateTimeOffset? last = null;
        foreach (var name in names.Where(name => name.Length > TimeLength))
        {
            if (DateTimeOffset.TryParseExact(name[..TimeLength], NameFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && (last is null || at > last))
            {
                last = at;
            }
        }

        return last;
    }
}
