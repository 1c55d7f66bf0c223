using System.Text.Json;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Exports.Maps;

/// <summary>Writes submissions as GeoJSON features, each with a comma in front; one without a place is left out.</summary>
internal sealed class GeoJsonRowFormat(IReadOnlyDictionary<FormVersionId, GeoFields> fields, IReadOnlyList<string> paths) : IRowFormat
{
    /// <inheritdoc/>
    public int Tables => 1;

    /// <inheritdoc/>
    public void Write(in SealedRow row, ReadOnlySpan<byte> xml, SenderFacts sender, string submitter, FormattedBlock into)
    {
        if (!fields.TryGetValue(row.FormVersion, out var form))
        {
            return;
        }

        var table = into.Tables[0];
        var start = table.Length;
        table.GetSpan(1)[0] = (byte)',';
        table.Advance(1);
        using var json = new Utf8JsonWriter(table);
        if (form.TryWrite(json, row.InstanceId, xml, paths))
        {
            json.Flush();
        }
        else
        {
            table.Truncate(start);
        }
    }

    /// <inheritdoc/>
    public void WriteDamaged(in SealedRow row, string submitter, FormattedBlock into)
    {
        // What cannot be opened has no place on a map; the table and the CSV show it as damaged.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is kept between rows.
    }
}
