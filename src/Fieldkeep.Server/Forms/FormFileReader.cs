using System.Text;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Server.Forms;

/// <summary>A file someone uploaded as a form.</summary>
/// <param name="Content">The bytes, at most <see cref="FormFileReader.MaxBytes"/>.</param>
/// <param name="FileName">Its name, for the form id of a workbook that has none; null when unknown.</param>
/// <param name="FallbackFormId">The form id a workbook gets when it has none; the file's name otherwise.</param>
internal sealed record FormUpload(ReadOnlyMemory<byte> Content, string? FileName, string? FallbackFormId)
{
    /// <summary>The extension a spreadsheet has: that of its name, else as its bytes say; empty when neither tells.</summary>
    public string WorkbookType => FileName is { } name
        ? Path.GetExtension(name)
        : Content.Span.StartsWith("PK"u8) ? ".xlsx"
        : Content.Span.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]) ? ".xls"
        : "";
}

/// <summary>What a form file turned out to be.</summary>
/// <param name="XFormXml">The XForm's text; null when the file was refused.</param>
/// <param name="XForm">The XForm read; null when the file was refused.</param>
/// <param name="IsWorkbook">Whether the file was a spreadsheet.</param>
/// <param name="ItemsetsCsv">The external choices, when the workbook has some.</param>
/// <param name="Diagnostics">All that was found, errors and warnings.</param>
internal sealed record ReadForm(
    string? XFormXml, XForm? XForm, bool IsWorkbook, string? ItemsetsCsv, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>Turns an uploaded file of any accepted kind into an XForm and diagnostics; pure.</summary>
internal static class FormFileReader
{
    /// <summary>The most bytes of a form file: 32 MiB.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    /// <summary>Sniffs the content: XML is read as an XForm, everything else is compiled as an XLSForm.</summary>
    public static ReadForm Read(FormUpload upload) => IsXml(upload.Content.Span) ? ReadXml(upload) : Compile(upload);

    private static bool IsXml(ReadOnlySpan<byte> content)
    {
        var start = content.StartsWith("\uFEFF"u8) ? content[3..] : content;
        var at = start.IndexOfAnyExcept(" \t\r\n"u8);
        return (at >= 0 && start[at] == '<') || IsUtf16Xml(content);
    }

    private static bool IsUtf16Xml(ReadOnlySpan<byte> content) =>
        content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, (byte)'<', 0]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF, 0, (byte)'<']);

    private static ReadForm ReadXml(FormUpload upload)
    {
        try
        {
            using var stream = Open(upload.Content);
            var form = XFormReader.Read(stream);
            if (ListFaults(form) is { Count: > 0 } faults)
            {
                return new ReadForm(null, null, IsWorkbook: false, null, faults);
            }

            using var text = new StreamReader(Open(upload.Content), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
            return new ReadForm(AsUtf8(text.ReadToEnd()), form, IsWorkbook: false, null, []);
        }
        catch (XFormException problem)
        {
            return new ReadForm(null, null, IsWorkbook: false, null, [Error(problem.Message)]);
        }
    }

    // Phones get UTF-8, so the declaration must not promise anything else.
    private static string AsUtf8(string xml)
    {
        var end = xml.StartsWith("<?xml", StringComparison.Ordinal) ? xml.IndexOf("?>", StringComparison.Ordinal) : -1;
        return end < 0 || !xml.AsSpan(0, end).Contains("encoding", StringComparison.Ordinal)
            ? xml
            : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + xml[(end + 2)..];
    }

    private static ReadForm Compile(FormUpload upload)
    {
        using var stream = Open(upload.Content);
        var fallback = upload.FallbackFormId ?? Path.GetFileNameWithoutExtension(upload.FileName);
        var compiled = XlsFormCompiler.Compile(
            stream, upload.FileName, new CompileOptions(FallbackFormId: string.IsNullOrEmpty(fallback) ? null : fallback));
        if (compiled.XForm is null)
        {
            return new ReadForm(null, null, IsWorkbook: true, null, compiled.Diagnostics);
        }

        using var xml = new MemoryStream(Encoding.UTF8.GetBytes(compiled.XForm), writable: false);
        try
        {
            var form = XFormReader.Read(xml);
            return ListFaults(form) is { Count: > 0 } faults
                ? new ReadForm(null, null, IsWorkbook: true, null, [.. compiled.Diagnostics, .. faults])
                : new ReadForm(compiled.XForm, form, IsWorkbook: true, compiled.ItemsetsCsv, compiled.Diagnostics);
        }
        catch (XFormException problem)
        {
            return new ReadForm(null, null, IsWorkbook: true, null, [.. compiled.Diagnostics, Error(problem.Message)]);
        }
    }

    // A mark that fits nothing would leave answers open that are meant to be confidential.
    private static List<Diagnostic> ListFaults(XForm form) =>
        [
            .. ConfidentialPlan.Of(form, []).Faults.Select(fault => new Diagnostic(
                DiagnosticCode.ConfidentialValue,
                Severity.Error,
                fault.Kind == ConfidentialFaultKind.OpenId
                    ? $"“{fault.Path}” is made of a confidential answer, and ids stay open. Make it of something else."
                    : $"“{fault.Path}” is marked as confidential, but the form has no such question. Mend the path, or remove the mark.")),
        ];

    private static Diagnostic Error(string message) => new("X_XFORM", Severity.Error, message, null, null);

    private static MemoryStream Open(ReadOnlyMemory<byte> content) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(content, out var segment) && segment.Array is { } array
            ? new MemoryStream(array, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
}
