using Fieldkeep.Backup.Wal;
using Xunit;

namespace Fieldkeep.Backup.Tests;

/// <summary>What a restore beside the living server may take on its disk.</summary>
public sealed class RestoreScratchTests
{
    private static readonly RestorePlan Empty = new("20261122T100000Z-1f2e3d4c", DateTimeOffset.UnixEpoch, null, null);

    [Fact]
    public void Room_is_asked_for_files_and_the_log_that_came_after_the_backup_too()
    {
        var least = RestoreScratch.NeededBytes(Empty);

        Assert.Equal(1L << 30, least);
        Assert.Equal(least + (2 * 100_000_000_000), RestoreScratch.NeededBytes(Empty with { BlobBytes = 100_000_000_000 }));
        Assert.Equal(least + (3L * 700 * WalSegment.Bytes), RestoreScratch.NeededBytes(Empty with { SegmentCount = 700 }));
        Assert.True(RestoreScratch.NeededBytes(Empty with { DatabaseBytes = 1_000 }) >= least + 10_000);
    }
}
