using System.Buffers;
using System.Runtime.InteropServices;
using Fieldkeep.Server.Exports.Anonymity;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Anonymity;

public sealed class GroupSizesTests
{
    [Fact]
    public void Rows_with_the_same_answers_are_one_group()
    {
        var sizes = Of(2, [1, 1], [1, 1], [1, 2], [2, 1]);
        Assert.Equal((4, new GroupMeasure(1, 2, 4)), (sizes.Rows, sizes.Measure()));
    }

    [Fact]
    public void Leaving_out_a_column_shows_what_it_gives_away()
    {
        var sizes = Of(2, [1, 1], [1, 2], [1, 3], [1, 4], [1, 5], [1, 6]);
        Assert.Equal(6, sizes.Measure().Unique);
        Assert.Equal(6, sizes.Measure(without: 0).Unique);
        Assert.Equal(new GroupMeasure(6, 0, 0), sizes.Measure(without: 1));
        Assert.Equal((1, 6), (sizes.CountDistinct(0), sizes.CountDistinct(1)));
    }

    [Fact]
    public void The_order_of_answers_matters()
    {
        Assert.Equal(2, Of(2, [1, 2], [2, 1]).Measure().Unique);
        Assert.Equal(2, Of(2, [0, 0], [0, 1]).Measure().Unique);
    }

    [Fact]
    public void Of_a_million_different_answers_none_fall_together()
    {
        var written = new ArrayBufferWriter<byte>();
        var sizes = new GroupSizes(1);
        for (var number = 0; number < 1_000_000; number++)
        {
            AnonymityRows.WriteNumber(BitConverter.GetBytes(number), written.GetSpan(sizeof(long)));
            written.Advance(sizeof(long));
        }

        sizes.Add(written.WrittenSpan);

        Assert.Equal(1_000_000, sizes.Measure().Unique);
        Assert.Equal(1_000_000, sizes.CountDistinct(0));
    }

    [Fact]
    public void Without_rows_there_are_no_groups() => Assert.Equal(new GroupMeasure(0, 0, 0), new GroupSizes(3).Measure());

    private static GroupSizes Of(int columns, params long[][] rows)
    {
        var sizes = new GroupSizes(columns);
        foreach (var row in rows)
        {
            sizes.Add(MemoryMarshal.AsBytes(row.AsSpan()));
        }

        return sizes;
    }
}
