using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Segments;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]

namespace Fieldkeep.Journal.Tests.Support;

/// <summary>Makes keys, ids and bytes that tests do not care about.</summary>
internal static class Some
{
    public static readonly Guid Installation = Uuid("installation");

    public static JournalSeal Seal { get; } = new(Installation, Key("journal"));

    public static JournalOptions Options { get; } = new("(simulated)") { SegmentBytes = 16 * 1024, MaxUndrainedBytes = 1 << 20, MinFreeBytes = 1 << 20 };

    /// <summary>No ids.</summary>
    public static Func<IReadOnlySet<Guid>> None { get; } = () => new HashSet<Guid>();

    public static DataKey Key(string name) =>
        new(new KeyId(Uuid("id " + name)), new SecretBytes(Hash(name)), new DateTimeOffset(2026, 3, 1, 8, 30, 0, TimeSpan.Zero));

    public static Guid Uuid(string name) => new(Hash(name).AsSpan(0, 16), bigEndian: true);

    public static byte[] Hash(string name) => SHA256.HashData(Encoding.UTF8.GetBytes(name));

    /// <summary>Bytes that belong to an id: the same each time.</summary>
    public static byte[] Bytes(Guid id, int length)
    {
        var bytes = new byte[length];
        var seed = SHA256.HashData(id.ToByteArray());
        for (var at = 0; at < length; at++)
        {
            bytes[at] = unchecked((byte)(seed[at % 32] + (at / 32)));
        }

        return bytes;
    }

    public static IntakeJournal Open(IJournalDisk disk, TimeProvider clock, JournalOptions? options = null) =>
        IntakeJournal.Open(disk, Seal, options ?? Options, clock);
}

/// <summary>A folder of one test, removed at the end.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fieldkeep-journal-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
