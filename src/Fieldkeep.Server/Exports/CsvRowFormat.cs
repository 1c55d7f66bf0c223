using System.Text;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Submissions;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports;

/// <summary>The CSV tables of one export; shared by all cores.</summary>
internal sealed class CsvLayout(FormShape shape, ExportOptions options)
{
    /// <summary>Stands in <c>Status</c> where answers could not be opened.</summary>
    public const string Damaged = "damaged";

    /// <summary>Stands in <c>Status</c> where answers were encrypted on the phone.</summary>
    public const string NotDecrypted = "notDecrypted";

    private static readonly string[] Trailing =
    [
        "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status", "ReviewState",
        "DeviceID", "Edits", "FormVersion",
    ];

    /// <summary>The columns of each table.</summary>
    public IReadOnlyList<CsvColumns> Tables { get; } =
    [
        .. shape.Tables.Tables.Select(
            table => new CsvColumns(table, new CsvOptions(options.GroupPaths, options.SplitSelectMultiples))),
    ];

    /// <summary>The form.</summary>
    public FormShape Shape => shape;

    /// <summary>Writes the first line of a table.</summary>
    public void WriteHeadings(int table, PooledBytes into)
    {
        var csv = new CsvWriter(into);
        if (table == 0)
        {
            csv.Write("SubmissionDate");
        }

        Tables[table].WriteHeadings(ref csv);
        foreach (var name in table == 0 ? Trailing : ["PARENT_KEY", "KEY"])
        {
            csv.Write(name);
        }

        csv.EndRow();
    }
}

/// <summary>Writes submissions as ODK Central's CSV; one for each core.</summary>
internal sealed class CsvRowFormat(CsvLayout layout) : IRowFormat, IInstanceRowSink
{
    private readonly InstanceRows _reader = new(layout.Shape.Tables);
    private readonly byte[] _instanceId = new byte[1024];
    private int _instanceIdLength;
    private SealedRow _row;
    private SenderFacts _sender = new(null, null);
    private string _submitter = "";
    private FormattedBlock? _into;

    /// <inheritdoc/>
    public int Tables => layout.Tables.Count;

    /// <inheritdoc/>
    public void Write(in SealedRow row, ReadOnlySpan<byte> xml, SenderFacts sender, string submitter, FormattedBlock into)
    {
        Begin(row, sender, submitter, into);
        _reader.Read(xml, this);
    }

    /// <inheritdoc/>
    public void WriteDamaged(in SealedRow row, string submitter, FormattedBlock into)
    {
        Begin(row, new SenderFacts(null, null), submitter, into);
        var csv = new CsvWriter(into.Tables[0]);
        csv.Write(row.CreatedAt);
        csv.Skip(layout.Tables[0].CellCount);
        WriteTrailing(ref csv, CsvLayout.Damaged);
    }

    /// <inheritdoc/>
    public void Take(InstanceRow row)
    {
        var into = _into ?? throw new InvalidOperationException("A row came before its submission was begun.");
        var table = row.Table.Index;
        var csv = new CsvWriter(into.Tables[table]);
        if (table == 0)
        {
            csv.Write(_row.CreatedAt);
        }

        var instanceId = _instanceId.AsSpan(0, _instanceIdLength);
        layout.Tables[table].WriteAnswers(ref csv, row, instanceId);
        if (table == 0)
        {
            WriteTrailing(ref csv, _reader.IsEncrypted ? CsvLayout.NotDecrypted : null);
            return;
        }

        csv.Write(instanceId, row.ParentKey);
        csv.Write(instanceId, row.Key);
        csv.EndRow();
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private void Begin(in SealedRow row, SenderFacts sender, string submitter, FormattedBlock into)
    {
        _row = row;
        _sender = sender;
        _submitter = submitter;
        _into = into;

        // At most 255 characters (InstanceReader.MaxInstanceIdLength) of at most 3 bytes.
        _instanceIdLength = Encoding.UTF8.GetBytes(row.InstanceId, _instanceId);
    }

    private void WriteTrailing(ref CsvWriter csv, string? status)
    {
        csv.Write(_instanceId.AsSpan(0, _instanceIdLength));
        csv.Write(_row.Submitter.Value);
        csv.Write(_submitter);
        csv.Write(_row.AttachmentsPresent);
        csv.Write(_row.AttachmentsExpected);
        csv.Write(status);
        csv.Write(_row.ReviewState);
        csv.Write(_sender.DeviceId);
        csv.Write(_row.Version - 1);
        csv.Write(layout.Shape.Versions.GetValueOrDefault(_row.FormVersion, ""));
        csv.EndRow();
    }
}
