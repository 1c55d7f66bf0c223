using System.Text.RegularExpressions;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Fetches all keyrings that the store has: that of the highest generation becomes the one of the backup directory, the others lie beside it, for a compromised
/// server can put one that opens nothing.
/// </summary>
internal sealed partial class StoredKeys(StoreSource source)
{
    private const int RegexMilliseconds = 1000;
    private const string KeyringName = "keyring";
    private const int HeldDigits = 8;
    private const long MostSlipsBytes = 64 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly string[] Folders = ["keys", "keys/copy"];

    /// <summary>Fetches them. Returns whose they are; null when there is none that can be used.</summary>
    /// <param name="installation">Whose the backup directory is; null for a new one.</param>
    public async Task<Guid?> RunAsync(Guid? installation, CancellationToken cancellationToken)
    {
        var there = await source.ListAsync(PieceName.Keys, file => Name().IsMatch(file), cancellationToken);
        var found = new List<Found>();
        foreach (var folder in there.Keys.Select(file => file.Split('/')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await source.Look.TryAsync($"{PieceName.Keys}/{folder}", async () =>
            {
                if (await FindAsync(folder, there, cancellationToken) is { } one)
                {
                    found.Add(one);
                }
            });
        }

        // The first that came tells whose they are, by the store's clock.
        installation ??= found.MinBy(one => one.At)?.Keyring.Installation;
        foreach (var other in found.Where(one => one.Keyring.Installation != installation))
        {
            source.Alarm(FetchAlarmKind.Refused, $"{PieceName.Keys}/{other.Folder}", $"it is of installation {other.Keyring.Installation}, not of {installation}");
        }

        var mine = found.Where(one => one.Keyring.Installation == installation).OrderByDescending(one => one.Keyring.Generation)
            .ThenByDescending(one => one.Slips is not null).ThenByDescending(one => one.At).ToList();
        if (mine is not [var newest, .. var older])
        {
            return null;
        }

        Write(newest, older);
        return installation;
    }

    private async Task<Found?> FindAsync(string folder, IReadOnlyDictionary<string, List<StoredPiece>> there, CancellationToken cancellationToken)
    {
        if (there.GetValueOrDefault($"{folder}/{KeyringName}") is not { Count: > 0 } keyrings)
        {
            // What leads to its root key is put before it.
            return null;
        }

        if (await source.FindFirstAsync(keyrings, SealedKeyring.MaxBytes, cancellationToken) is not { } bytes)
        {
            return null;
        }

        var slipBytes = await source.FindFirstAsync(there.GetValueOrDefault($"{folder}/{RootSlips.FileName}") ?? [], MostSlipsBytes, cancellationToken);
        try
        {
            var read = SealedKeyring.Read(bytes, $"{PieceName.Keys}/{folder}");
            return CarryKeys.FolderOf(read.Generation, bytes, slipBytes) == folder
                ? new Found(folder, read, bytes, slipBytes, keyrings.Min(one => one.At))
                : throw BackupException.Damaged("it is not the keyring that its name says, or what leads to its root key is gone");
        }
        catch (VaultException damaged)
        {
            throw BackupException.Damaged(damaged.Message, damaged);
        }
    }

    private void Write(Found newest, List<Found> older)
    {
        var own = FetchFiles.ReadSmall(source.OwnOf(FetchKeys.KeyringPath), SealedKeyring.MaxBytes);
        if (own is not null && SealedKeyring.Read(own, FetchKeys.KeyringPath).Generation > newest.Keyring.Generation)
        {
            source.Alarm(FetchAlarmKind.Vanished, FetchKeys.KeyringPath, $"generation {newest.Keyring.Generation} is the highest in the store, and a higher one was fetched before");
            return;
        }

        foreach (var one in older)
        {
            // As a distant copy holds them: docs/operations/distant-copy.md.
            var name = $"{one.Folder.Split('-')[0]}-{one.Folder.Split('-')[1][..HeldDigits]}";
            Put(source.OwnOf($"{FetchNotes.Folder}/keyrings/{name}"), one);
            source.Look.Notes.HeldKeyrings.TryAdd(name, source.Look.Notes.Day);
        }

        if (own?.AsSpan().SequenceEqual(newest.Bytes) != true)
        {
            source.Look.Files++;
            source.Look.Bytes += newest.Bytes.Length;
        }

        foreach (var folder in Folders)
        {
            Put(source.OwnOf(folder), newest);
        }
    }

    private void Put(string folder, Found one)
    {
        source.Directory.MakeFolder(folder);
        if (one.Slips is { } slips)
        {
            DurableFile.Replace(Path.Combine(folder, RootSlips.FileName), slips, OwnerOnly);
        }
        else
        {
            File.Delete(Path.Combine(folder, RootSlips.FileName));
        }

        DurableFile.Replace(Path.Combine(folder, KeyringName), one.Bytes, OwnerOnly);
    }

    [GeneratedRegex(@"^[0-9]{8,19}-[0-9a-f]{16}/(?:keyring|root\.slips)\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Name();

    private sealed record Found(string Folder, SealedKeyring Keyring, byte[] Bytes, byte[]? Slips, DateTimeOffset At);
}
