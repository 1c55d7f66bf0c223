using System.Globalization;
using System.Security.Cryptography;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Backup.Fetching;

/// <summary>
/// Fetches the keyring, its keys wrapped as they are. The one before is held for a month where the next lacks something of it, as after an erasure, and once a day in
/// any case: a compromised server can say “all is erased” as well.
/// </summary>
internal sealed class FetchKeys(FetchFiles files, BackupStore store)
{
    private const int MostSlipsBytes = 64 * 1024;
    private const int MostHeld = 500;
    private const int NamedDigits = 8;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // As they lie in both, and the same below each.
    private static readonly string[] Folders = ["keys", "keys/copy"];

    private string HeldFolder => files.OwnOf($"{FetchNotes.Folder}/keyrings");

    /// <summary>Whose the source's keyring is; null when there is none that can be read.</summary>
    public Guid? FindInstallation(FetchLook look) => Find(look)?.Keyring.Installation;

    /// <summary>Fetches it if it is another than before.</summary>
    public void Run(FetchLook look, Guid installation)
    {
        if (Find(look) is not { } there)
        {
            look.Alarm(FetchAlarmKind.Vanished, "keys/keyring", "there is no keyring at the source that can be read");
            return;
        }

        if (there.Keyring.Installation != installation)
        {
            look.Alarm(FetchAlarmKind.Refused, "keys/keyring", $"it is of installation {there.Keyring.Installation}, not of {installation}");
            return;
        }

        if (FindOwn() is { } own)
        {
            if (there.IsSame(own) && Folders.All(folder => FindOwn(folder)?.IsSame(there) == true))
            {
                return;
            }

            if (there.Keyring.Generation < own.Keyring.Generation
                || (there.Keyring.Generation == own.Keyring.Generation && !there.Bytes.AsSpan().SequenceEqual(own.Bytes)))
            {
                look.Alarm(
                    FetchAlarmKind.Changed,
                    "keys/keyring",
                    $"generation {there.Keyring.Generation} is at the source ({there.Name}), and generation {own.Keyring.Generation} was fetched");
                return;
            }

            // The first of each day as well: whether its keys open, and who wrote it, nobody here can tell.
            var isHeld = !there.IsSame(own) && (!there.Keyring.HasAllOf(own.Keyring) || !there.HasSlipsOf(own) || !look.Notes.HeldKeyrings.Values.Contains(look.Notes.Day));
            if (isHeld && !Hold(own, look))
            {
                return;
            }
        }

        foreach (var folder in Folders)
        {
            store.MakeFolder(files.OwnOf(folder));
            var slips = files.OwnOf($"{folder}/{RootSlips.FileName}");
            if (there.Slips is { } fresh)
            {
                DurableFile.Replace(slips, fresh, OwnerOnly);
            }
            else
            {
                File.Delete(slips);
            }

            DurableFile.Replace(files.OwnOf($"{folder}/keyring"), there.Bytes, OwnerOnly);
        }

        look.Files++;
        look.Bytes += there.Bytes.Length;
    }

    /// <summary>Destroys those that were held long enough. Nothing while somebody has to look at something.</summary>
    public void DestroyOld(FetchNotes notes)
    {
        foreach (var (name, day) in notes.HeldKeyrings.ToList())
        {
            if (!notes.HasAlarm && notes.Day - day >= FetchOptions.HeldKeyringDays)
            {
                var folder = Path.Combine(HeldFolder, name);
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }

                notes.HeldKeyrings.Remove(name);
            }
        }
    }

    private bool Hold(FoundKeys own, FetchLook look)
    {
        var folder = Path.Combine(HeldFolder, own.Name);
        if (!look.Notes.HeldKeyrings.ContainsKey(own.Name) && look.Notes.HeldKeyrings.Count >= MostHeld)
        {
            look.Alarm(FetchAlarmKind.Refused, "keys/keyring", $"it was replaced {MostHeld} times within a month; no more are taken");
            return false;
        }

        store.RequireRoom(2L * own.Bytes.Length);
        store.MakeFolder(folder);
        DurableFile.Replace(Path.Combine(folder, "keyring"), own.Bytes, OwnerOnly);
        if (own.Slips is { } slips)
        {
            DurableFile.Replace(Path.Combine(folder, RootSlips.FileName), slips, OwnerOnly);
        }

        look.Notes.HeldKeyrings.TryAdd(own.Name, look.Notes.Day);
        // Before the other takes its place: one that is held and not noted would stay for ever.
        look.Notes.Write(store.Root);
        return true;
    }

    private FoundKeys? FindOwn() => Best(Folders.Select(FindOwn));

    // A copy that a bad disk changed is written anew from the source's.
    private FoundKeys? FindOwn(string folder)
    {
        try
        {
            return Read(files.OwnOf(folder));
        }
        catch (Exception damaged) when (damaged is VaultException or BackupException)
        {
            return null;
        }
    }

    // One copy that is damaged is told, and the other one taken.
    private FoundKeys? Find(FetchLook look)
    {
        var read = new List<FoundKeys?>();
        foreach (var folder in Folders)
        {
            try
            {
                read.Add(PlainFile.IsFolder(files.SourceOf(folder)) ? Read(files.SourceOf(folder)) : null);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or BackupException or VaultException)
            {
                look.Tell($"{folder}/keyring is not fetched: {failed.Message}");
            }
        }

        return Best(read);
    }

    private static FoundKeys? Best(IEnumerable<FoundKeys?> read) => read.OfType<FoundKeys>().MaxBy(one => one.Keyring.Generation);

    private static FoundKeys? Read(string folder)
    {
        var path = Path.Combine(folder, "keyring");
        return FetchFiles.ReadSmall(path, SealedKeyring.MaxBytes) is { } bytes
            ? new FoundKeys(SealedKeyring.Read(bytes, path), bytes, FetchFiles.ReadSmall(Path.Combine(folder, RootSlips.FileName), MostSlipsBytes))
            : null;
    }

    private sealed record FoundKeys(SealedKeyring Keyring, byte[] Bytes, byte[]? Slips)
    {
        /// <summary>Tells it from all others: which generation, and of which bytes.</summary>
        public string Name
        {
            get
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                hash.AppendData(Bytes);
                hash.AppendData(Slips ?? []);
                return string.Create(CultureInfo.InvariantCulture, $"{Keyring.Generation:D8}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..NamedDigits]}");
            }
        }

        public bool IsSame(FoundKeys other) => Bytes.AsSpan().SequenceEqual(other.Bytes) && HasSlipsOf(other);

        public bool HasSlipsOf(FoundKeys other) =>
            Slips is null ? other.Slips is null : other.Slips is not null && Slips.AsSpan().SequenceEqual(other.Slips);
    }
}
