using Fieldkeep.Server.Exports.Rows;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Cuts what formats write to the rows that were asked for, and remembers where it ended.</summary>
/// <param name="skip">Lines to leave out at the beginning.</param>
/// <param name="skipIn">Only lines of this submission are left out; null for any.</param>
/// <param name="top">Lines at most.</param>
/// <param name="end">Lines of this submission beyond its number are left out, too; null when only their number counts.</param>
internal sealed class FeedPage(Stream output, long skip, long? skipIn, long top, FeedPlace? end)
{
    private long _left = skip;
    private long _sequence;
    private int _ordinal;
    private bool _isBegun;

    /// <summary>Number of lines there were, written or not.</summary>
    public long Seen { get; private set; }

    /// <summary>Number of lines written.</summary>
    public long Written { get; private set; }

    /// <summary>Where it ended; null when nothing was written.</summary>
    public FeedPlace? Last { get; private set; }

    /// <summary>Whether there were lines beyond the last one written.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Writes what belongs to the page of a block.</summary>
    public async ValueTask TakeAsync(FormattedBlock block, CancellationToken cancellationToken)
    {
        var (from, to) = Cut(block);
        if (to > from)
        {
            // Each line begins with a comma, which the first of all must not have.
            await output.WriteAsync(block.Tables[0].Written[(_isBegun ? from : from + 1)..to], cancellationToken);
            _isBegun = true;
        }
    }

    private (int From, int To) Cut(FormattedBlock block)
    {
        var (from, to) = (0, 0);
        Seen += block.Lines.Count;
        foreach (var line in block.Lines)
        {
            _ordinal = line.Sequence == _sequence ? _ordinal + 1 : 1;
            _sequence = line.Sequence;
            if (_left > 0 && (skipIn is null || skipIn == line.Sequence))
            {
                _left--;
                from = to = line.End;
                continue;
            }

            _left = 0;
            if (Written == top || (end is { } last && line.Sequence == last.Sequence && _ordinal > last.Rows))
            {
                IsCut = true;
                break;
            }

            Written++;
            Last = new FeedPlace(line.Sequence, _ordinal);
            to = line.End;
        }

        return (from, to);
    }
}
