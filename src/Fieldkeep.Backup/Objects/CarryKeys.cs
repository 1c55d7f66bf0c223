using System.Globalization;
using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Backup.Objects;

/// <summary>Carries each generation of the keyring, its keys wrapped as they are, with what leads to its root key; the keyring last.</summary>
internal sealed class CarryKeys(CarryPlace place)
{
    private const string KeyringName = "keyring";
    private const int MarkDigits = 16;

    private HashSet<string>? _there;
    private string? _carried;

    /// <summary>Carries the one that lies in the backup directory now.</summary>
    /// <exception cref="IOException">The store or the disk refuses.</exception>
    /// <exception cref="Vault.VaultException">It is damaged.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var path = place.PathOf(FetchKeys.KeyringPath);
        var keyring = place.FindSmall(FetchKeys.KeyringPath, SealedKeyring.MaxBytes) ?? throw new IOException("there is no keyring in the backup directory");
        var slips = place.FindSmall("keys/" + RootSlips.FileName, 64 * 1024);
        var folder = FolderOf(SealedKeyring.Read(keyring, path).Generation, keyring, slips);
        if (folder == _carried)
        {
            return;
        }

        _there ??= await ListAsync(cancellationToken);
        if (!_there.Contains(PieceName.FormatKey))
        {
            var format = System.Text.Encoding.ASCII.GetBytes(PieceName.Format);
            using var content = new MemoryStream(format, writable: false);
            await place.PutAsync(PieceName.FormatKey, content, Convert.ToHexStringLower(SHA256.HashData(format)), cancellationToken);
            _there.Add(PieceName.FormatKey);
        }

        if (slips is { Length: > 0 })
        {
            await PutAsync($"{folder}/{RootSlips.FileName}", slips, cancellationToken);
        }

        await PutAsync($"{folder}/{KeyringName}", keyring, cancellationToken);
        _carried = folder;
    }

    /// <summary>Names the folder of a keyring: its generation, and what tells it from others of that number.</summary>
    internal static string FolderOf(long generation, byte[] keyring, byte[]? slips)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(keyring);
        hash.AppendData(slips ?? []);
        return string.Create(CultureInfo.InvariantCulture, $"{generation:D8}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..MarkDigits]}");
    }

    private async Task PutAsync(string file, byte[] bytes, CancellationToken cancellationToken)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var key = new PieceName(file, 0, bytes.Length, sha256).KeyIn(PieceName.Keys);
        if (_there?.Contains(key) != true)
        {
            using var content = new MemoryStream(bytes, writable: false);
            await place.PutAsync(key, content, sha256, cancellationToken);
        }
    }

    private async Task<HashSet<string>> ListAsync(CancellationToken cancellationToken)
    {
        var there = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var (piece, _) in place.ListPiecesAsync(PieceName.Keys, "", _ => true, cancellationToken))
        {
            there.Add((piece with { Again = 1 }).KeyIn(PieceName.Keys));
        }

        await foreach (var one in place.ListAsync(PieceName.FormatKey, cancellationToken))
        {
            if (!Enumerable.Range(1, PieceName.MostAgain).Any(again => one.Key == PieceName.KeyOf(PieceName.FormatKey, again)))
            {
                place.Alarm($"{CarryPlace.Shown(one.Key)} in the store is no name that Fieldkeep gives");
            }
            else if (one.Bytes >= 0 && one.Bytes != PieceName.Format.Length)
            {
                // Cut off when the server was killed, in stores that keep that.
                place.Avoid(one.Key, $"has {one.Bytes} bytes, not {PieceName.Format.Length}");
            }
            else
            {
                there.Add(PieceName.FormatKey);
            }
        }

        return there;
    }
}
