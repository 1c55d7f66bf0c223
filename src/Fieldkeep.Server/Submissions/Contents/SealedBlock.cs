using System.Buffers;
using Fieldkeep.Server.Kernel;
using Npgsql;

namespace Fieldkeep.Server.Submissions.Contents;

/// <summary>One submission of a <see cref="SealedBlock"/>; its sealed bytes lie in the block.</summary>
internal readonly record struct SealedRow(
    SubmissionId Id,
    long Sequence,
    string InstanceId,
    ActorId Submitter,
    string? ReviewState,
    int Version,
    FormVersionId FormVersion,
    int AttachmentsExpected,
    int AttachmentsPresent,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt,
    byte[]? XmlBlob,
    Range Xml,
    Range Meta,
    AnswersState Answers,
    RowStanding? Standing,
    int? Confidential,
    Range Values);

/// <summary>Where a submission of a deployment stands.</summary>
/// <param name="State"><c>draft</c>, <c>pending</c>, <c>rejected</c>, <c>final</c> or <c>discarded</c>.</param>
/// <param name="Stage">The stage it waits at; null when it does not wait.</param>
internal sealed record RowStanding(DeploymentId Deployment, string State, StageId? Stage);

/// <summary>Says how the answers of a submission came.</summary>
internal enum AnswersState
{
    /// <summary>As the instance itself.</summary>
    Clear,

    /// <summary>Encrypted on the phone, in one of its files.</summary>
    Encrypted,

    /// <summary>Encrypted on the phone, in a file that has not come yet.</summary>
    EncryptedMissing,

    /// <summary>Encrypted on the phone and opened, but the signature says that something was cut off, exchanged or damaged.</summary>
    Mismatched,
}

/// <summary>Some sealed submissions in order, with their bytes in one pooled buffer: what one core opens at a time.</summary>
/// <param name="isWhole">Whether confidential answers are put back when its submissions are opened.</param>
internal sealed class SealedBlock(bool isWhole = false) : IDisposable
{
    // A household form's sealed row is 1 to 2 KB: full blocks keep two cores busy some milliseconds each.
    private const int FullRows = 128;
    private const int FullBytes = 256 * 1024;

    private readonly List<SealedRow> _rows = new(FullRows);
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FullBytes);
    private int _length;
    private long _elsewhere;

    /// <summary>Whether confidential answers are put back when its submissions are opened.</summary>
    public bool IsWhole => isWhole;

    /// <summary>The submissions, newest first.</summary>
    public IReadOnlyList<SealedRow> Rows => _rows;

    /// <summary>Whether the next row belongs into a new block.</summary>
    public bool IsFull => _rows.Count >= FullRows || _length + _elsewhere >= FullBytes;

    /// <summary>Gives sealed bytes of a row.</summary>
    public ReadOnlySpan<byte> BytesAt(Range range) => _bytes.AsSpan(0, _length)[range];

    /// <summary>Copies the row a reader stands on; columns as <see cref="SealedRows"/> selects them.</summary>
    /// <param name="hidesProvenance">Whether who sent it with which device is left out.</param>
    public void Add(NpgsqlDataReader reader, bool hidesProvenance)
    {
        var row = Read(reader);
        row = hidesProvenance ? row with { Submitter = default, Meta = default } : row;
        _rows.Add(row);

        // What lies in a file is not here, but what is made of it counts as much: an instance too large for its row is a block.
        _elsewhere += row.XmlBlob is not null ? FullBytes : row.Answers == AnswersState.Encrypted ? reader.GetInt64(16) : 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        _length = 0;
    }

    private SealedRow Read(NpgsqlDataReader reader) => new(
        new SubmissionId(reader.GetGuid(0)),
        reader.GetInt64(1),
        reader.GetString(2),
        new ActorId(reader.GetInt64(3)),
        reader.IsDBNull(4) ? null : reader.GetString(4),
        reader.GetInt32(5),
        new FormVersionId(reader.GetInt64(6)),
        reader.GetInt32(7),
        reader.GetInt32(8),
        new DateTimeOffset(reader.GetDateTime(9)),
        reader.IsDBNull(10) ? null : new DateTimeOffset(reader.GetDateTime(10)),
        reader.IsDBNull(11) ? null : new DateTimeOffset(reader.GetDateTime(11)),
        reader.IsDBNull(12) ? null : reader.GetFieldValue<byte[]>(12),
        Copy(reader, 13),
        Copy(reader, 14),
        reader.IsDBNull(15) ? AnswersState.Clear : reader.GetBoolean(15) ? AnswersState.Encrypted : AnswersState.EncryptedMissing,
        reader.IsDBNull(17)
            ? null
            : new RowStanding(
                new DeploymentId(reader.GetInt64(17)),
                reader.GetString(18),
                reader.IsDBNull(19) ? null : new StageId(reader.GetInt64(19))),
        reader.IsDBNull(20) ? null : reader.GetInt32(20),
        Copy(reader, 21));

    private Range Copy(NpgsqlDataReader reader, int column)
    {
        if (reader.IsDBNull(column))
        {
            return default;
        }

        var size = checked((int)reader.GetBytes(column, 0, null, 0, 0));
        Reserve(size);
        var start = _length;
        _length += checked((int)reader.GetBytes(column, 0, _bytes, start, size));
        return start.._length;
    }

    private void Reserve(int size)
    {
        if (_bytes.Length - _length >= size)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + size));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
