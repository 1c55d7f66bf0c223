using System.Text.Encodings.Web;
using System.Text.Json;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>Writes submissions as JSON objects, each with a comma in front; answers of repeats are left out.</summary>
internal sealed class JsonRowFormat : IRowFormat, IInstanceRowSink
{
    // Answers stay readable in every script; the result is JSON with nosniff, never part of a page.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly FormShape _shape;
    private readonly JsonEncodedText?[] _paths;
    private readonly InstanceRows _reader;
    private readonly PooledBytes _unused = new();
    private readonly Utf8JsonWriter _json;
    private SealedRow _row;
    private string _submitter = "";

    /// <summary>Makes a format for a form.</summary>
    /// <param name="columns">Paths of the questions whose answers are written; null for all.</param>
    public JsonRowFormat(FormShape shape, IReadOnlySet<string>? columns = null)
    {
        _shape = shape;
        _reader = new InstanceRows(shape.Tables);
        _json = new Utf8JsonWriter(_unused, Options);
        _paths =
        [
            .. shape.Tables.Tables[0].Columns.Select(column =>
                column.Repeat is null && columns?.Contains(column.Path) != false ? JsonEncodedText.Encode(column.Path) : (JsonEncodedText?)null),
        ];
    }

    /// <inheritdoc/>
    public int Tables => 1;

    /// <inheritdoc/>
    public void Write(in SealedRow row, ReadOnlySpan<byte> xml, SenderFacts sender, string submitter, FormattedBlock into)
    {
        Begin(row, submitter, into);
        _reader.Read(xml, this);
        _json.Flush();
    }

    /// <inheritdoc/>
    public void WriteDamaged(in SealedRow row, string submitter, FormattedBlock into)
    {
        Begin(row, submitter, into);
        WriteHead("damaged");
        _json.WriteEndObject();
        _json.WriteNull("confidential"u8);
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <inheritdoc/>
    public void Take(InstanceRow row)
    {
        if (row.Table.Index != 0)
        {
            return;
        }

        WriteHead((_reader.IsEncrypted, _row.Answers) switch
        {
            (_, AnswersState.EncryptedMissing) => "missingEncryptedFormData",
            (true, _) => "notDecrypted",
            _ => null,
        });
        for (var at = 0; at < _paths.Length; at++)
        {
            if (_paths[at] is { } path && row[at] is { IsEmpty: false } answer)
            {
                _json.WriteString(path, answer);
            }
        }

        _json.WriteEndObject();
        WriteConfidential(_json, row, _paths);
        _json.WriteEndObject();
    }

    /// <summary>Writes which of a row's answers are withheld or displaced; null when none is.</summary>
    internal static void WriteConfidential(Utf8JsonWriter json, InstanceRow row, JsonEncodedText?[] paths)
    {
        var isBegun = false;
        for (var column = 0; column < paths.Length; column++)
        {
            if (paths[column] is { } path && row.IsConfidential(column))
            {
                if (!isBegun)
                {
                    json.WriteStartArray("confidential"u8);
                    isBegun = true;
                }

                json.WriteStringValue(path);
            }
        }

        if (isBegun)
        {
            json.WriteEndArray();
        }
        else
        {
            json.WriteNull("confidential"u8);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _reader.Dispose();
        _unused.Dispose();
    }

    private void Begin(in SealedRow row, string submitter, FormattedBlock into)
    {
        _row = row;
        _submitter = submitter;
        var table = into.Tables[0];
        table.GetSpan(1)[0] = (byte)',';
        table.Advance(1);
        _json.Reset(table);
    }

    private void WriteHead(string? status)
    {
        _json.WriteStartObject();
        _json.WriteString("instanceId"u8, _row.InstanceId);
        _json.WriteString("submittedAt"u8, Instant(_row.CreatedAt));
        _json.WriteStartObject("submitter"u8);
        _json.WriteNumber("id"u8, _row.Submitter.Value);
        _json.WriteString("name"u8, _submitter);
        _json.WriteEndObject();
        _json.WriteString("reviewState"u8, _row.ReviewState);
        WriteStanding();
        _json.WriteStartObject("attachments"u8);
        _json.WriteNumber("present"u8, _row.AttachmentsPresent);
        _json.WriteNumber("expected"u8, _row.AttachmentsExpected);
        _json.WriteEndObject();
        _json.WriteNumber("edits"u8, _row.Version - 1);
        _json.WriteString("formVersion"u8, _shape.Versions.GetValueOrDefault(_row.FormVersion, ""));
        _json.WriteString("status"u8, status);
        _json.WriteStartObject("values"u8);
    }

    private void WriteStanding()
    {
        if (_row.Standing is not { } standing)
        {
            _json.WriteNull("standing"u8);
            return;
        }

        _json.WriteStartObject("standing"u8);
        _json.WriteNumber("deploymentId"u8, standing.Deployment.Value);
        _json.WriteString("state"u8, standing.State);
        if (standing.Stage is { } stage)
        {
            _json.WriteNumber("stageId"u8, stage.Value);
        }
        else
        {
            _json.WriteNull("stageId"u8);
        }

        _json.WriteEndObject();
    }

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
}
