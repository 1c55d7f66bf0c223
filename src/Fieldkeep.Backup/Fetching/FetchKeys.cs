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
    /// <summary>The keyring, below the source.</summary>
    public const string KeyringPath = "keys/keyring";

    private const int MostSlipsBytes = 64 * 1024;
    private const int MostHeld = 500;
    private const int NamedDigits = 8;

    // Writings between two looks. No server writes so often, and nothing that is higher than the highest number could follow.
    private const long MostWritings = 1_000_000;
    private const string SlipsPath = "keys/" + RootSlips.FileName;

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
            look.Alarm(FetchAlarmKind.Vanished, KeyringPath, "there is no keyring at the source that can be read");
            return;
        }

        if (there.Keyring.Installation != installation)
        {
            look.Alarm(FetchAlarmKind.Refused, KeyringPath, $"it is of installation {there.Keyring.Installation}, not of {installation}");
            return;
        }

        if (FindOwn() is { } own)
        {
            there = KeepSlips(there, own, look);
            if (there.IsSame(own) && Folders.All(folder => FindOwn(folder)?.IsSame(there) == true))
            {
                (look.Notes.RefusedKeyring, look.Notes.AcceptedKeyring) = (null, null);
                return;
            }

            var isBack = there.Keyring.Generation < own.Keyring.Generation
                || (Int128)there.Keyring.Generation - own.Keyring.Generation > MostWritings
                || (there.Keyring.Generation == own.Keyring.Generation && !there.Bytes.AsSpan().SequenceEqual(own.Bytes));
            if (isBack && look.Notes.AcceptedKeyring != there.Name)
            {
                look.Notes.RefuseKeyring(there.Name);
                look.Alarm(
                    FetchAlarmKind.Changed,
                    KeyringPath,
                    $"generation {there.Keyring.Generation} is at the source ({there.Name}), and generation {own.Keyring.Generation} was fetched");
                return;
            }

            // The first of each day as well: whether its keys open, and who wrote it, nobody here can tell.
            var isHeld = !there.IsSame(own) && (isBack || !there.Keyring.HasAllOf(own.Keyring) || !there.HasSlipsOf(own) || !look.Notes.HeldKeyrings.Values.Contains(look.Notes.Day));
            // Told before it is taken: holding writes the notes.
            TellWhatIsGone(there, own, look);
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

        // A disk that refused before here leaves it accepted for the next look.
        (look.Notes.RefusedKeyring, look.Notes.AcceptedKeyring) = (null, null);
        look.Files++;
        look.Bytes += there.Bytes.Length;
    }

    /// <summary>Destroys those that were held long enough. Nothing while somebody has to look at something, or the source's keyring is not what it should be.</summary>
    public void DestroyOld(FetchLook look)
    {
        var notes = look.Notes;
        var isKept = notes.HasAlarm || look.Raised.Any(alarm => alarm.Path == KeyringPath);
        foreach (var (name, day) in notes.HeldKeyrings.ToList())
        {
            if (!isKept && notes.Day - day >= FetchOptions.HeldKeyringDays)
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

    // Nothing else leads to the root key from here, and a keyring does not tell that they are gone.
    private static FoundKeys KeepSlips(FoundKeys there, FoundKeys own, FetchLook look)
    {
        if (own.Slips is null || !there.Keyring.HasRootOf(own.Keyring) || there.HasSlipsOf(own))
        {
            return there;
        }

        if (there.Slips is not null)
        {
            look.Alarm(FetchAlarmKind.Changed, SlipsPath, $"what leads to the root key is other than it was ({there.Name}); what was fetched before is held");
            return there;
        }

        look.Alarm(FetchAlarmKind.Vanished, SlipsPath, "what leads to the root key is gone at the source; what was fetched stays");
        return there with { Slips = own.Slips };
    }

    // What no erasure takes away; it is fetched all the same, for the one before is held, and new keys must come.
    private static void TellWhatIsGone(FoundKeys there, FoundKeys own, FetchLook look)
    {
        var notes = look.Notes;
        var name = $"generation {there.Keyring.Generation} ({there.Name})";
        if (!there.Keyring.HasRootOf(own.Keyring))
        {
            look.Alarm(FetchAlarmKind.Changed, KeyringPath, $"{name} has another root key than the one before; was it replaced?");
        }

        if (there.Keyring.LacksOwnOf(own.Keyring))
        {
            look.Alarm(FetchAlarmKind.Changed, KeyringPath, $"{name} lacks keys that no erasure takes away, or has others in their place");
        }
        else if (there.Keyring.HasRootOf(own.Keyring) && !there.Keyring.HasRecoveryOf(own.Keyring))
        {
            look.Alarm(FetchAlarmKind.Changed, KeyringPath, $"in {name} the recovery key was replaced; by you?");
        }

        var gone = there.Keyring.ProjectsWithKeysGone(own.Keyring);
        if (gone.Count > 0)
        {
            notes.KeysWentOf = [.. (notes.KeysWentOn == notes.Day ? notes.KeysWentOf : []).Union(gone).Take(MostHeld)];
            notes.KeysWentOn = notes.Day;
            if (notes.KeysWentOf.Count > 1)
            {
                look.Alarm(FetchAlarmKind.Changed, KeyringPath, $"in {name} keys of {notes.KeysWentOf.Count} projects are gone within a day; were they erased, or older keys of them taken away after a change of keys?");
            }
        }
    }

    private bool Hold(FoundKeys own, FetchLook look)
    {
        var folder = Path.Combine(HeldFolder, own.Name);
        if (!look.Notes.HeldKeyrings.ContainsKey(own.Name) && look.Notes.HeldKeyrings.Count >= MostHeld)
        {
            look.Alarm(FetchAlarmKind.Refused, KeyringPath, $"it was replaced {MostHeld} times within a month; no more are taken");
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
