using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>Writes placemarks of KML (OGC 07-147r2, version 2.2), without styles.</summary>
internal sealed class KmlFeatures : IFeatureWriter
{
    private readonly byte[][][] _starts;

    public KmlFeatures(IReadOnlyList<FlatTable?> tables) => _starts =
    [
        .. tables.Select(table => table is null ? [] : table.Columns.Select(StartOf).ToArray()),
    ];

    /// <inheritdoc/>
    public void Write(in Feature feature, IBufferWriter<byte> output)
    {
        output.Write("<Placemark><name>"u8);
        XmlText.Write(output, feature.Facts.InstanceId, isWorkbook: false);
        XmlText.Write(output, feature.Row is { } keyed ? keyed.Key : [], isWorkbook: false);
        output.Write("</name><ExtendedData>"u8);
        var cells = new Cells(output, _starts[feature.Table.Table.Index]);
        if (feature.Row is { } row)
        {
            feature.Table.Write(ref cells, row, feature.Facts);
        }
        else
        {
            feature.Table.WriteFacts(ref cells, feature.Facts);
        }

        if (feature.Radius is { } radius)
        {
            output.Write("<Data name=\"_masked\"><value>true</value></Data><Data name=\"radius\"><value>"u8);
            output.Write(Encoding.UTF8.GetBytes(radius.ToString("0.###", CultureInfo.InvariantCulture)));
            output.Write("</value></Data>"u8);
        }

        if (feature.Question is { } question)
        {
            output.Write("<Data name=\"geometry-question\"><value>"u8);
            XmlText.Write(output, Encoding.UTF8.GetBytes(question.Path), isWorkbook: false);
            output.Write("</value></Data>"u8);
        }

        output.Write("</ExtendedData>"u8);
        WriteGeometry(feature, output);
        output.Write("</Placemark>\n"u8);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Holds nothing.
    }

    private static byte[] StartOf(FlatColumn column)
    {
        var start = new ArrayBufferWriter<byte>();
        start.Write("<Data name=\""u8);
        XmlText.Write(start, Encoding.UTF8.GetBytes(column.Heading), isWorkbook: false);
        start.Write("\"><displayName>"u8);
        XmlText.Write(start, Encoding.UTF8.GetBytes(column.Label), isWorkbook: false);
        start.Write("</displayName><value>"u8);
        return start.WrittenSpan.ToArray();
    }

    private static void WriteGeometry(in Feature feature, IBufferWriter<byte> output)
    {
        switch (feature.Type)
        {
            case null:
                return;
            case DataType.Geopoint:
                output.Write("<Point>"u8);
                WriteCoordinates(feature, output);
                output.Write("</Point>"u8);
                return;
            case DataType.Geotrace:
                output.Write("<LineString>"u8);
                WriteCoordinates(feature, output);
                output.Write("</LineString>"u8);
                return;
            default:
                output.Write("<Polygon><outerBoundaryIs><LinearRing>"u8);
                WriteCoordinates(feature, output);
                output.Write("</LinearRing></outerBoundaryIs></Polygon>"u8);
                return;
        }
    }

    private static void WriteCoordinates(in Feature feature, IBufferWriter<byte> output)
    {
        output.Write("<coordinates>"u8);
        for (var at = 0; at < feature.Positions.Count; at++)
        {
            var position = feature.Positions[at];
            output.Write(at == 0 ? ""u8 : " "u8);
            output.Write(feature.Answer[position.Longitude]);
            output.Write(","u8);
            output.Write(feature.Answer[position.Latitude]);
            if (position.HasAltitude)
            {
                output.Write(","u8);
                output.Write(feature.Answer[position.Altitude]);
            }
        }

        output.Write("</coordinates>"u8);
    }

    /// <summary>Writes cells as data of a placemark; empty ones are left out.</summary>
    private struct Cells(IBufferWriter<byte> output, byte[][] starts) : ICellWriter
    {
        private int _at;

        public void Write(ReadOnlySpan<byte> answer, CellKind kind) => Write(answer, []);

        public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
        {
            var start = starts[_at++];
            if (first.IsEmpty && second.IsEmpty)
            {
                return;
            }

            output.Write(start);
            XmlText.Write(output, first, isWorkbook: false);
            XmlText.Write(output, second, isWorkbook: false);
            output.Write("</value></Data>"u8);
        }

        public void Write(string? text) => Write(Encoding.UTF8.GetBytes(text ?? ""), []);

        public void Write(long number)
        {
            Span<byte> text = stackalloc byte[20];
            Utf8Formatter.TryFormat(number, text, out var length);
            Write(text[..length], []);
        }

        public void Write(DateTimeOffset instant)
        {
            Span<byte> text = stackalloc byte[24];
            instant.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            Write(text[..length], []);
        }

        public void WriteConfidential() => Write(ConfidentialMarks.Text, []);

        public void Skip(int cells) => _at += cells;

        public readonly void EndRow()
        {
            // The caller closes the placemark.
        }
    }
}
