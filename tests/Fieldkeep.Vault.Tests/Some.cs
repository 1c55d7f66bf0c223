using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]

namespace Fieldkeep.Vault.Tests;

/// <summary>Makes keys, places and bytes that tests do not care about.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Day = new(2026, 3, 1, 8, 30, 0, TimeSpan.Zero);

    public static DataKey Key(string name = "a key") => new(
        new KeyId(new Guid(Hash("id " + name).AsSpan(0, 16), bigEndian: true)), new SecretBytes(Hash(name)), Day);

    public static EnvelopeContext Place(
        string column = "submissions.instance", string row = "row", long version = 1, string project = "project") => new(
        Uuid("installation"), Uuid(project), column, Uuid(row), version);

    public static Guid Uuid(string name) => new(Hash(name).AsSpan(0, 16), bigEndian: true);

    public static byte[] Hash(string name) => SHA256.HashData(Encoding.UTF8.GetBytes(name));

    /// <summary>Bytes that do not compress and are the same each time.</summary>
    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        var block = Hash("bytes " + length);
        for (var at = 0; at < length; at++)
        {
            if (at % 32 == 0)
            {
                block = SHA256.HashData(block);
            }

            bytes[at] = block[at % 32];
        }

        return bytes;
    }

    /// <summary>A record like those Collect sends; compresses well.</summary>
    public static byte[] Record(int repeats) => Encoding.UTF8.GetBytes(
        "<data id=\"household\">" + string.Concat(Enumerable.Repeat("<member><age>31</age><sex>female</sex></member>", repeats)) + "</data>");
}

/// <summary>A directory of its own, removed at the end.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    public ScratchDirectory() => Path = Directory.CreateTempSubdirectory("fieldkeep-vault-").FullName;

    public string Path { get; }

    public KeyringFiles Files => KeyringFiles.Below(Path);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
