using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>How rows are written.</summary>
/// <param name="Versions">The text of each form version.</param>
/// <param name="IsWkt">Whether places are well-known text; else GeoJSON.</param>
/// <param name="IsExpanded">Whether rows of repeats stand inside the rows they belong to, too.</param>
/// <param name="Below">Only rows of a repeat that are or belong to this row; null for all.</param>
internal sealed record ODataView(
    ODataSelection Selection,
    IReadOnlyDictionary<Kernel.FormVersionId, string> Versions,
    bool IsWkt,
    bool IsExpanded,
    RepeatRow? Below);

/// <summary>Names one row of a repeat.</summary>
internal sealed record RepeatRow(ODataTable Table, string Id);

/// <summary>
/// Writes the rows of one table as OData's JSON, each with a comma in front and a line of its own in the block. Keeps
/// its buffers: one for each core.
/// </summary>
internal sealed class ODataRowFormat : IRowFormat, IInstanceRowSink
{
    // Answers stay readable in every script; the result is JSON with nosniff, never part of a page.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly ODataView _view;
    private readonly ODataSelection _selection;
    private readonly InstanceRows _reader;
    private readonly ODataSystem _system;
    private readonly ODataLinks _links = new();
    private readonly PooledBytes _unused = new();
    private readonly Utf8JsonWriter _json;
    private readonly ExpandedRows? _expanded;
    private SealedRow _row;
    private SenderFacts _sender = new(null, null);
    private string _submitter = "";
    private FormattedBlock? _into;

    /// <summary>Makes a format for the tables of a form.</summary>
    public ODataRowFormat(FormTables form, ODataTables tables, ODataView view)
    {
        _view = view;
        _selection = view.Selection;
        _reader = new InstanceRows(form);
        _system = new ODataSystem(view.Selection.System, view.Versions);
        _json = new Utf8JsonWriter(_unused, Options);
        _expanded = view.IsExpanded ? new ExpandedRows(tables, Options) : null;
    }

    /// <inheritdoc/>
    public int Tables => 1;

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
        if (_selection.Table.Parent is null)
        {
            WriteHeadOnly(ODataSystem.Damaged);
        }
    }

    /// <inheritdoc/>
    public void Take(InstanceRow row)
    {
        if (row.Table.Index == _selection.Table.Form.Index)
        {
            if (_reader.IsEncrypted)
            {
                WriteHeadOnly(_row.Answers == AnswersState.EncryptedMissing ? ODataSystem.MissingAnswers : ODataSystem.NotDecrypted);
            }
            else if (_view.Below is not { } below || IsBelow(row, below))
            {
                WriteRow(row);
            }
        }
        else if (_expanded is not null && row.ParentRow is not null)
        {
            var table = _expanded.TableOf(row);
            var json = _expanded.Begin(table);
            json.WriteStartObject();
            json.WriteString("__id"u8, _links.IdOf(row));
            WriteMembers(json, row, table.Properties);
            json.WriteEndObject();
            json.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _reader.Dispose();
        _links.Dispose();
        _expanded?.Dispose();
        _unused.Dispose();
    }

    private void Begin(in SealedRow row, SenderFacts sender, string submitter, FormattedBlock into)
    {
        _row = row;
        _sender = sender;
        _submitter = submitter;
        _into = into;
        _links.Begin(row.InstanceId);
        _expanded?.Clear();
    }

    private bool IsBelow(InstanceRow row, RepeatRow below)
    {
        for (var at = row; at is not null; at = at.ParentRow)
        {
            if (at.Table.Index == below.Table.Form.Index)
            {
                return _links.IdOf(at).SequenceEqual(Encoding.UTF8.GetBytes(below.Id));
            }
        }

        return false;
    }

    private void WriteRow(InstanceRow row)
    {
        BeginLine();
        if (_selection.HasId && row.ParentRow is null)
        {
            _json.WriteString("__id"u8, _row.InstanceId);
        }
        else if (_selection.HasId)
        {
            _json.WriteString("__id"u8, _links.IdOf(row));
        }

        if (_selection.HasParentId && _selection.Table.ParentIdName is { } name && row.ParentRow is { } parent)
        {
            _json.WriteString(name, _links.IdOf(parent));
        }

        _system.Write(_json, _row, _sender, _submitter, null);
        WriteMembers(_json, row, _selection.Properties);
        EndLine();
    }

    // What cannot be opened has no members at all, as ODK Central shows what was encrypted on the phone.
    private void WriteHeadOnly(string status)
    {
        BeginLine();
        if (_selection.HasId)
        {
            _json.WriteString("__id"u8, _row.InstanceId);
        }

        _system.Write(_json, _row, _sender, _submitter, status);
        EndLine();
    }

    private void BeginLine()
    {
        var output = Into.Tables[0];
        output.GetSpan(1)[0] = (byte)',';
        output.Advance(1);
        _json.Reset(output);
        _json.WriteStartObject();
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        Into.EndLine(_row.Sequence);
    }

    private FormattedBlock Into => _into ?? throw new InvalidOperationException("A row came before its submission was begun.");

    private void WriteMembers(Utf8JsonWriter json, InstanceRow row, IReadOnlyList<ODataProperty> properties)
    {
        foreach (var property in properties)
        {
            switch (property)
            {
                case ODataAnswer answer:
                    if (row.IsConfidential(answer.Column))
                    {
                        ODataAnswers.WriteConfidential(json, answer.Key, row.RadiusOf(answer.Column));
                    }

                    ODataAnswers.Write(json, answer.Key, row[answer.Column], answer.Type, _view.IsWkt);
                    break;
                case ODataGroup group:
                    json.WriteStartObject(group.Key);
                    WriteMembers(json, row, group.Properties);
                    json.WriteEndObject();
                    break;
                case ODataRepeat repeat when row.CountOf(repeat.Table.Form) > 0:
                    json.WriteString(repeat.LinkKey, _links.LinkOf(row, repeat.Table));
                    _expanded?.Move(repeat, json);
                    break;
            }
        }
    }
}
