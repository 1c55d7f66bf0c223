using System.Globalization;
using System.Text;

namespace Fieldkeep.Backup.Wal;

/// <summary>Where a timeline left the one before it.</summary>
/// <param name="Timeline">The older one.</param>
/// <param name="End">The place up to which it is part of the newer one's past.</param>
internal readonly record struct TimelineFork(uint Timeline, Lsn End);

/// <summary>Reads PostgreSQL's history files: each timeline a cluster came from, oldest first, and where it was left.</summary>
internal static class TimelineHistory
{
    /// <summary>Reads the lines; those that say nothing are passed over, as PostgreSQL does.</summary>
    public static IReadOnlyList<TimelineFork> Parse(ReadOnlySpan<byte> content)
    {
        var forks = new List<TimelineFork>();
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            if (line.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries) is [var timelineText, var endText, ..]
                && uint.TryParse(timelineText, NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
                && Lsn.TryParse(endText) is { } end)
            {
                forks.Add(new TimelineFork(timeline, end));
            }
        }

        return forks;
    }

    /// <summary>The name PostgreSQL gives the file.</summary>
    public static string NameOf(uint timeline) => string.Create(CultureInfo.InvariantCulture, $"{timeline:X8}.history");
}
