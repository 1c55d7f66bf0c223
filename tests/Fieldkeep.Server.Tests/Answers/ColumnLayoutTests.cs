using System.Text;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Answers;

public sealed class ColumnLayoutTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2_000, 3, 2)]
    [InlineData(8_192, 600, 3)]
    [InlineData(2_000, 100_000, 1)]
    public void A_column_comes_back_as_it_went_in(int count, int different, int kind)
    {
        var (values, plain) = Make(count, different);

        Assert.Equal(kind, plain[1]);
        using var column = ColumnValues.Read(plain, count, "/child");
        for (var at = 0; at < count; at++)
        {
            Assert.Equal(values[at], Encoding.UTF8.GetString(column[at]));
        }
    }

    [Fact]
    public void Each_different_answer_of_a_dictionary_is_asked_once()
    {
        var (values, plain) = Make(2_000, 3);
        using var column = ColumnValues.Read(plain, values.Length, "/child");
        var asked = 0;
        var results = new byte[values.Length];

        column.Test(
            answer =>
            {
                asked++;
                return answer.SequenceEqual("answer 1"u8);
            },
            results,
            1,
            2);

        Assert.Equal(4, asked);
        Assert.Equal(values.Select(value => value == "answer 1" ? (byte)1 : (byte)2), results);
    }

    [Theory]
    [InlineData(40, 3)]
    [InlineData(40, 100_000)]
    public void A_flipped_bit_anywhere_is_refused_or_changes_an_answer_but_never_reads_outside(int count, int different)
    {
        var (_, plain) = Make(count, different);
        for (var bit = 0; bit < plain.Length * 8; bit++)
        {
            var broken = plain.ToArray();
            broken[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                using var column = ColumnValues.Read(broken, count, "/child");
                column.Test(answer => answer.Length > 3, new byte[count], 1, 2);
            }
            catch (BrokenSegmentException)
            {
                continue;
            }
        }
    }

    [Fact]
    public void A_column_cut_short_anywhere_is_refused()
    {
        var (values, plain) = Make(40, 3);
        for (var length = 0; length < plain.Length; length++)
        {
            Assert.Throws<BrokenSegmentException>(() => ColumnValues.Read(plain[..length], values.Length, "/child"));
        }
    }

    [Fact]
    public void A_column_of_another_table_or_number_of_rows_is_refused()
    {
        var (values, plain) = Make(40, 3);

        Assert.Throws<BrokenSegmentException>(() => ColumnValues.Read(plain, values.Length, ""));
        Assert.Throws<BrokenSegmentException>(() => ColumnValues.Read(plain, values.Length + 1, "/child"));
    }

    [Fact]
    public void A_head_comes_back_as_it_went_in_and_no_cut_of_it_is_read()
    {
        var head = new SegmentHead
        {
            Form = 7,
            After = 100,
            Through = 5_000_000_000,
            Sequences = [4_000_000_000, 500, 101],
            Opaque = [1],
            HasStrays = true,
            Columns = new Dictionary<UInt128, bool> { [UInt128.MaxValue] = true, [3] = false },
        };
        var plain = head.Write();

        var read = SegmentHead.Read(plain);

        Assert.Equal((7, 100, 5_000_000_000, true), (read.Form, read.After, read.Through, read.HasStrays));
        Assert.Equal(head.Sequences, read.Sequences);
        Assert.Equal(head.Opaque, read.Opaque);
        Assert.Equal(head.Columns.OrderBy(column => column.Key), read.Columns.OrderBy(column => column.Key));
        for (var length = 0; length < plain.Length; length++)
        {
            Assert.Throws<BrokenSegmentException>(() => SegmentHead.Read(plain.AsSpan(0, length)));
        }
    }

    private static (string[] Values, byte[] Plain) Make(int count, int different)
    {
        var dice = new SurveyDice(count + different);
        var values = new string[count];
        var cells = new List<AnswerCell>();
        using var text = new MemoryStream();
        for (var at = 0; at < count; at++)
        {
            values[at] = count > 1 && dice.Next(4) == 0 ? "" : $"answer {dice.Next(different)}";
            var bytes = Encoding.UTF8.GetBytes(values[at]);
            if (bytes.Length > 0)
            {
                cells.Add(new AnswerCell(at, (int)text.Length, bytes.Length));
                text.Write(bytes);
            }
        }

        return (values, ColumnLayout.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(cells), text.ToArray(), count, "/child"));
    }
}
