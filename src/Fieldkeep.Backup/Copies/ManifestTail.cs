using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Copies;

/// <summary>Keeps the end of a copy that streams by: there stands PostgreSQL's own manifest, and at its end the range of the log that the copy needs.</summary>
internal sealed partial class ManifestTail
{
    // The range stands some 200 bytes before the manifest's end; after it tar has its padding, at most 10 KiB.
    private const int KeptBytes = 32 * 1024;

    private readonly byte[] _kept = new byte[KeptBytes];
    private int _length;

    /// <summary>Sees the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= KeptBytes)
        {
            bytes[^KeptBytes..].CopyTo(_kept);
            _length = KeptBytes;
            return;
        }

        var room = KeptBytes - bytes.Length;
        if (_length > room)
        {
            _kept.AsSpan(_length - room, room).CopyTo(_kept);
            _length = room;
        }

        bytes.CopyTo(_kept.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>The range; null if there is none.</summary>
    public BackupLog? Find(ulong system, DateTimeOffset endedAt) =>
        Range().Matches(Encoding.Latin1.GetString(_kept, 0, _length)) is [.., var last]
        && uint.TryParse(last.Groups["timeline"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
            ? new BackupLog(
                system.ToString(CultureInfo.InvariantCulture), timeline, last.Groups["start"].Value, last.Groups["stop"].Value, endedAt)
            : null;

    [GeneratedRegex(
        """{ "Timeline": (?<timeline>\d{1,10}), "Start-LSN": "(?<start>[0-9A-F]+/[0-9A-F]+)", "End-LSN": "(?<stop>[0-9A-F]+/[0-9A-F]+)" }""",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Range();
}
