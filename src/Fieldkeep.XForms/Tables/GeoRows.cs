using System.Buffers;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>Says which programs read a map.</summary>
public enum MapKind
{
    /// <summary>GeoJSON, RFC 7946.</summary>
    GeoJson,

    /// <summary>KML, OGC 2.2.</summary>
    Kml,
}

/// <summary>
/// Writes submissions as features of a map: one for each answered geometry question; a row that answers none of its table's is one
/// without geometry. Everything else of the row goes along.
/// </summary>
public sealed class GeoRows : IRowWriter
{
    private readonly IReadOnlyList<FlatTable?> _tables;
    private readonly FormColumn[][] _geometries;
    private readonly IFeatureWriter _writer;
    private readonly GeoText _text = new();

    /// <summary>Makes a writer for a form.</summary>
    /// <param name="geometry">Path of the one geometry question that is wanted; null for all.</param>
    public GeoRows(IReadOnlyList<FlatTable?> tables, string? geometry, MapKind kind)
    {
        _tables = tables;
        _geometries = [.. tables.Select(table => table is null ? [] : GeometriesOf(table, geometry).ToArray())];
        _writer = kind == MapKind.Kml ? new KmlFeatures(tables) : new GeoJsonFeatures(tables);
    }

    /// <inheritdoc/>
    public int Outputs => 1;

    /// <summary>Lists the geometry questions of a table that are wanted.</summary>
    public static IEnumerable<FormColumn> GeometriesOf(FlatTable table, string? geometry) => table.Columns
        .Select(column => column.Source)
        .OfType<FormColumn>()
        .Where(column => column.Question?.DataType is DataType.Geopoint or DataType.Geotrace or DataType.Geoshape)
        .Where(column => geometry is null || column.Path == geometry)
        .Distinct();

    /// <inheritdoc/>
    public void Begin()
    {
        // Nothing is kept between rows.
    }

    /// <inheritdoc/>
    public void Write(InstanceRow row, RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        var geometries = _geometries[row.Table.Index];
        if (geometries.Length == 0 || _tables[row.Table.Index] is not { } table)
        {
            return;
        }

        var isWritten = false;
        foreach (var column in geometries)
        {
            var answer = row[column.Index];
            if (answer.ContainsAnyExcept(" \t\r\n"u8))
            {
                // A text that is no place stays readable among the properties.
                var type = _text.TryRead(answer, column.Question?.DataType ?? DataType.String) ? column.Question?.DataType : null;
                _writer.Write(
                    new Feature(table, row, facts, answer, type, _text.Positions, geometries.Length > 1 ? column : null)
                    {
                        Radius = row.RadiusOf(column.Index),
                    },
                    outputs[0]);
                isWritten = true;
            }
        }

        if (!isWritten)
        {
            _writer.Write(new Feature(table, row, facts, [], null, [], null), outputs[0]);
        }
    }

    /// <inheritdoc/>
    public void WriteDamaged(RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        if (_geometries[0].Length > 0 && _tables[0] is { } table)
        {
            _writer.Write(new Feature(table, null, facts, [], null, [], null), outputs[0]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}

/// <summary>One feature to be written.</summary>
/// <param name="row">Null for a submission whose answers cannot be opened.</param>
/// <param name="answer">What the positions are parts of.</param>
/// <param name="type">Null for no geometry.</param>
/// <param name="question">The question it answers when the table has several; else null.</param>
internal readonly ref struct Feature(
    FlatTable table,
    InstanceRow? row,
    RowFacts facts,
    ReadOnlySpan<byte> answer,
    DataType? type,
    IReadOnlyList<GeoPosition> positions,
    FormColumn? question)
{
    public FlatTable Table => table;

    public InstanceRow? Row => row;

    public RowFacts Facts => facts;

    public ReadOnlySpan<byte> Answer { get; } = answer;

    public DataType? Type => type;

    public IReadOnlyList<GeoPosition> Positions => positions;

    public FormColumn? Question => question;

    /// <summary>Metres within which the true place lies; null when the geometry is that place.</summary>
    public double? Radius { get; init; }
}

/// <summary>Writes features in the words of one kind of map.</summary>
internal interface IFeatureWriter : IDisposable
{
    /// <summary>Writes one feature.</summary>
    void Write(in Feature feature, IBufferWriter<byte> output);
}
