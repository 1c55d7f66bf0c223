using System.IO.Compression;
using System.Xml;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Opens the parts of an .xlsx file within <see cref="WorkbookLimits"/>.</summary>
internal sealed class XlsxPackage : IDisposable
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        MaxCharactersInDocument = WorkbookLimits.MaxInflatedBytes,
        CloseInput = true,
    };

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private long _inflated;

    public XlsxPackage(Stream content)
    {
        _zip = new ZipArchive(content, ZipArchiveMode.Read);
        if (_zip.Entries.Count > WorkbookLimits.MaxEntries)
        {
            throw new WorkbookException(
                DiagnosticCode.InputTooLarge, $"The workbook has more than {WorkbookLimits.MaxEntries} parts.");
        }

        foreach (var entry in _zip.Entries)
        {
            _entries.TryAdd(entry.FullName.Replace('\\', '/').TrimStart('/'), entry);
        }
    }

    /// <summary>Opens a part by its name, such as <c>xl/workbook.xml</c>; null when there is none.</summary>
    public XmlReader? Open(string name) => _entries.TryGetValue(name, out var entry)
        ? XmlReader.Create(new MeteredStream(entry.Open(), entry.CompressedLength, this), Settings)
        : null;

    /// <summary>Lists the relations of a part as id, type and name of the part meant.</summary>
    public List<(string Id, string Type, string Target)> ListRelations(string part)
    {
        var slash = part.LastIndexOf('/');
        var folder = part[..(slash + 1)];
        var found = new List<(string, string, string)>();
        using var relations = Open($"{folder}_rels/{part[(slash + 1)..]}.rels");
        while (relations?.Next() == true)
        {
            if (relations.NodeType == XmlNodeType.Element && relations.LocalName == "Relationship")
            {
                found.Add((
                    relations.GetAttribute("Id") ?? "",
                    relations.GetAttribute("Type") ?? "",
                    Resolve(folder, relations.GetAttribute("Target") ?? "")));
            }
        }

        return found;
    }

    public void Dispose() => _zip.Dispose();

    private static string Resolve(string folder, string target)
    {
        if (target.StartsWith('/'))
        {
            return target[1..];
        }

        var steps = folder.Split('/', StringSplitOptions.RemoveEmptyEntries).ToList();
        foreach (var step in target.Split('/'))
        {
            if (step == ".." && steps.Count > 0)
            {
                steps.RemoveAt(steps.Count - 1);
            }
            else if (step is not ("." or ".." or ""))
            {
                steps.Add(step);
            }
        }

        return string.Join('/', steps);
    }

    /// <summary>Counts inflated bytes and stops a zip bomb while it inflates; what the zip declares is not believed.</summary>
    private sealed class MeteredStream(Stream inner, long compressed, XlsxPackage package) : Stream
    {
        private long _own;
        private int _sinceTag;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _own;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            _own += read;
            package._inflated += read;
            var tag = buffer[..read].LastIndexOf((byte)'>');
            _sinceTag = tag < 0 ? _sinceTag + read : read - tag - 1;
            if (_sinceTag > WorkbookLimits.MaxBytesWithoutTag)
            {
                throw XlsxReader.TooLarge();
            }

            var isSteep = _own > WorkbookLimits.RatioFreeBytes && _own / Math.Max(compressed, 1) > WorkbookLimits.MaxRatio;
            return isSteep || package._inflated > WorkbookLimits.MaxInflatedBytes ? throw XlsxReader.TooLarge() : read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
