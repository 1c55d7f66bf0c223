using System.Globalization;
using System.Text.RegularExpressions;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Names an object that holds bytes of a file: where they lie in it, and their SHA-256, so that other bytes have another name and nothing takes the place of anything.
/// </summary>
/// <param name="File">The file, below the folder of its kind.</param>
/// <param name="From">The first byte.</param>
/// <param name="To">The byte after the last.</param>
/// <param name="Sha256">Of those bytes, 64 hex digits.</param>
/// <param name="Again">From 2 on where something else lay under the names before, and was not overwritten; else 1.</param>
internal sealed partial record PieceName(string File, long From, long To, string Sha256, int Again = 1)
{
    /// <summary>How often the same is put under another name at most.</summary>
    public const int MostAgain = 9;

    /// <summary>The object below the folder of an id that tells which names lie there.</summary>
    public const string FormatKey = "format";

    /// <summary>What it holds.</summary>
    public const string Format = "fieldkeep-carried-1\n";

    /// <summary>Bytes of files of the log, and of lists of blobs, as they came.</summary>
    public const string Tail = "tail";

    /// <summary>The same files from their first byte on.</summary>
    public const string Log = "log";

    /// <summary>Files of base backups.</summary>
    public const string Bases = "bases";

    /// <summary>Keyrings.</summary>
    public const string Keys = "keys";

    /// <summary>Blobs, each named by its SHA-256 as in the backup directory.</summary>
    public const string Blobs = "blobs";

    private const int RegexMilliseconds = 1000;

    // Those of Fieldkeep have fewer than a hundred; of invented ones there may be millions to remember.
    private const int MostFileLetters = 200;

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Tail, Log, Bases, Keys, Blobs];

    /// <summary>How many.</summary>
    public long Bytes => To - From;

    /// <summary>The name below the folder of an id.</summary>
    public string KeyIn(string kind) =>
        KeyOf(string.Create(CultureInfo.InvariantCulture, $"{FolderOf(kind, File)}{From:D12}-{To:D12}.{Sha256}"), Again);

    /// <summary>The name under which something is put again.</summary>
    public static string KeyOf(string key, int again) => again == 1 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}~{again}");

    /// <summary>What the names of all pieces of a file begin with.</summary>
    public static string FolderOf(string kind, string file) => $"{kind}/{file}/";

    /// <summary>Reads a name; null when it is none of that kind.</summary>
    public static PieceName? TryParse(string kind, string key)
    {
        if (key.LastIndexOf('/') is not (> 0 and var slash) || !key.StartsWith(kind + "/", StringComparison.Ordinal) || slash <= kind.Length || slash - kind.Length > MostFileLetters
            || Name().Match(key[(slash + 1)..]) is not { Success: true } match)
        {
            return null;
        }

        var (from, to) = (Number(match.Groups["from"].ValueSpan), Number(match.Groups["to"].ValueSpan));
        return from < to ? new PieceName(key[(kind.Length + 1)..slash], from, to, match.Groups["sha"].Value, AgainOf(match.Groups["again"].ValueSpan)) : null;
    }

    /// <summary>The SHA-256 of a blob, in hex, by the name of its object, be it the second of that name; null when it is none.</summary>
    public static string? TryParseBlob(string key) => Blob().Match(key) is { Success: true } match ? match.Groups["sha"].Value : null;

    private static int AgainOf(ReadOnlySpan<char> mark) => mark.IsEmpty ? 1 : mark[1] - '0';

    private static long Number(ReadOnlySpan<char> digits) => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<from>[0-9]{12})-(?<to>[0-9]{12})\.(?<sha>[0-9a-f]{64})(?<again>~[2-9])?\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Name();

    [GeneratedRegex(@"^blobs/(?<pair>[0-9a-f]{2})/(?<sha>\k<pair>[0-9a-f]{62})(?:~[2-9])?\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Blob();
}

/// <summary>An object as a list of the store has it.</summary>
/// <param name="Key">Its name, below what was asked for.</param>
/// <param name="Bytes">Its length; −1 when the list does not tell.</param>
/// <param name="At">When the store got it, by the store's clock; the last moment there is when the list does not tell: before no instant.</param>
internal sealed record StoredObject(string Key, long Bytes, DateTimeOffset At);
