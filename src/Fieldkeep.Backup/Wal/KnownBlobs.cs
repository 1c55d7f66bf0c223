using System.Globalization;

namespace Fieldkeep.Backup.Wal;

/// <summary>Names of blobs that lie in the backup directory, each by the first 64 bits of its hash: for a million 24 MB, and two of them equal once in 10⁷ installations.</summary>
internal sealed class KnownBlobs
{
    private const int Digits = 16;

    private readonly HashSet<ulong> _keys = [];

    /// <summary>Adds one; what is no hash is known never.</summary>
    public void Add(string name)
    {
        if (KeyOf(name) is { } key)
        {
            _keys.Add(key);
        }
    }

    /// <summary>Whether it is known.</summary>
    public bool Has(string name) => KeyOf(name) is { } key && _keys.Contains(key);

    /// <summary>Forgets all.</summary>
    public void Clear() => _keys.Clear();

    private static ulong? KeyOf(string name) =>
        name.Length > Digits && ulong.TryParse(name.AsSpan(0, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var key) ? key : null;
}
