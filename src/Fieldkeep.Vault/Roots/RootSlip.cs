using System.Text.Json;
using System.Text.Json.Serialization;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Vault.Roots;

/// <summary>Says which provider holds the root key, and in which form it lies here: docs/formats/root-key.md. Opens nothing by itself.</summary>
/// <param name="Provider">Such as <c>file</c>, <c>passphrase</c> or <c>aws-kms:arn:…</c>.</param>
/// <param name="Fingerprint">The root key's, 32 hex digits.</param>
public sealed record RootSlip(string Provider, string Fingerprint)
{
    /// <summary>16 random bytes for a passphrase; null for every other provider.</summary>
    public byte[]? Salt { get; init; }

    /// <summary>Rounds of PBKDF2 for a passphrase.</summary>
    public int? Iterations { get; init; }

    /// <summary>The root key as the provider wrapped it: base64, or the text of HashiCorp Vault; null where it lies elsewhere.</summary>
    public string? Wrapped { get; init; }
}

/// <summary>Reads and writes the slips beside the copies of a keyring. While a provider is changed there are two, and each opens.</summary>
public static class RootSlips
{
    /// <summary>The file's name beside a copy of the keyring.</summary>
    public const string FileName = "root.slips";

    private const string Format = "fieldkeep-root-1";
    private const int MostBytes = 64 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads the slips beside every copy, each once; none where the root key is in its file. A damaged copy is passed over while another is whole.</summary>
    /// <exception cref="VaultException">RootKeyDamaged: there are files, and none can be read.</exception>
    public static IReadOnlyList<RootSlip> Read(IReadOnlyList<string> keyringPaths)
    {
        var there = keyringPaths.Select(PathBeside).Where(File.Exists).ToList();
        var read = there.Select(TryRead).OfType<IReadOnlyList<RootSlip>>().ToList();
        return there.Count > 0 && read.Count == 0
            ? throw new VaultException(
                VaultFailure.RootKeyDamaged, $"{there[0]} says who holds the root key, and is damaged. Take it from a backup directory: TARGET/keys/{FileName}.")
            : [.. read.SelectMany(slips => slips).DistinctBy(KeyOf)];
    }

    /// <summary>Writes the slips beside every copy, durably; none takes the files away.</summary>
    public static void Write(IReadOnlyList<string> keyringPaths, IReadOnlyList<RootSlip> slips)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new SlipFile(Format, slips), Json);
        foreach (var path in keyringPaths.Select(PathBeside))
        {
            if (slips.Count > 0)
            {
                DurableFile.CreatePrivateDirectory(DurableFile.DirectoryOf(path));
                DurableFile.Replace(path, bytes, OwnerOnly);
            }
            else if (File.Exists(path))
            {
                File.Delete(path);
                DurableFile.SyncDirectory(DurableFile.DirectoryOf(path));
            }
        }
    }

    /// <summary>Whether every copy of a keyring has these slips beside it, and no others.</summary>
    internal static bool AreBeside(IReadOnlyList<string> keyringPaths, IReadOnlyList<RootSlip> slips) => keyringPaths.Select(PathBeside).All(
        path => (File.Exists(path) ? TryRead(path) : []) is { } there && AreSame(there, slips));

    /// <summary>Whether both lead to the same providers, in the same form.</summary>
    internal static bool AreSame(IReadOnlyList<RootSlip> some, IReadOnlyList<RootSlip> others) =>
        some.Select(KeyOf).ToHashSet().SetEquals(others.Select(KeyOf));

    private static (string Provider, string Fingerprint, string? Wrapped) KeyOf(RootSlip slip) => (slip.Provider, slip.Fingerprint, slip.Wrapped);

    private static string PathBeside(string keyringPath) => Path.Combine(DurableFile.DirectoryOf(keyringPath), FileName);

    private static IReadOnlyList<RootSlip>? TryRead(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MostBytes
                && JsonSerializer.Deserialize<SlipFile>(File.ReadAllBytes(path), Json) is { Format: Format, Slips: { } slips }
                && slips.All(slip => slip is { Provider: not null, Fingerprint: not null })
                    ? slips
                    : null;
        }
        catch (Exception damaged) when (damaged is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    private sealed record SlipFile(string? Format, IReadOnlyList<RootSlip>? Slips);
}
