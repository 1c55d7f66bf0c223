using System.Text;
using System.Xml;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Reads a workbook of any accepted format: .xlsx and .xlsm, .xls, Markdown and CSV. The
/// content decides, not the name; only between the two text formats a name ending in .md or .csv decides.
/// </summary>
public static class WorkbookReader
{
    private const int SniffCharacters = 5000;
    private const int SniffCommas = 4;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads a workbook within <see cref="WorkbookLimits"/>. Gives null, with an error among the diagnostics, for
    /// anything that is none; throws only what the stream itself throws.
    /// </summary>
    public static Workbook? Read(Stream content, string? fileName, DiagnosticList diagnostics)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (ReadAll(content) is not { } bytes)
        {
            diagnostics.Error(
                DiagnosticCode.InputTooLarge,
                $"The file is larger than {WorkbookLimits.MaxBytes / (1024 * 1024)} MiB. Move long lists into attached CSV files.");
            return null;
        }

        try
        {
            return ReadBytes(bytes, fileName, diagnostics);
        }
        catch (WorkbookException e)
        {
            diagnostics.Error(e.Code, e.Message);
        }
        catch (XmlException e)
        {
            diagnostics.Error(
                DiagnosticCode.InputUnrecognised,
                $"A part of the workbook is not well-formed XML (line {e.LineNumber}). Save it again with a spreadsheet program.");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or IOException or NotSupportedException)
        {
            diagnostics.Error(
                DiagnosticCode.InputUnrecognised,
                "The workbook is damaged. Save it again with a spreadsheet program.");
        }

        return null;
    }

    private static Workbook ReadBytes(byte[] bytes, string? fileName, DiagnosticList diagnostics)
    {
        if (bytes is [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..])
        {
            return new XlsxReader(diagnostics).Read(new MemoryStream(bytes, writable: false));
        }

        if (bytes is [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..])
        {
            XlsContainer.Require(bytes);
            return XlsReader.Read(new MemoryStream(bytes, writable: false), diagnostics);
        }

        if (DecodeText(bytes) is { } text)
        {
            var isCsv = fileName?.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) == true;
            if (!isCsv && MarkdownReader.LooksLikeMarkdown(text))
            {
                return MarkdownReader.Read(text);
            }

            if (text.AsSpan(0, Math.Min(text.Length, SniffCharacters)).Count(',') >= SniffCommas)
            {
                return CsvReader.Read(text);
            }
        }

        throw new WorkbookException(
            DiagnosticCode.InputUnrecognised,
            "The file is no spreadsheet that can be read. Upload an .xlsx, .xls, .csv or Markdown file.");
    }

    /// <summary>Decodes UTF-8 or UTF-16 by its mark; what is not UTF-8 is taken as ISO-8859-1; null for binary bytes.</summary>
    private static string? DecodeText(byte[] bytes)
    {
        var text = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8.GetString(bytes, 3, bytes.Length - 3),
            [0xFF, 0xFE, ..] => Encoding.Unicode.GetString(bytes, 2, bytes.Length - 2),
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode.GetString(bytes, 2, bytes.Length - 2),
            _ => DecodeUnmarked(bytes),
        };
        return text.Contains('\0', StringComparison.Ordinal) ? null : text;
    }

    private static string DecodeUnmarked(byte[] bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static byte[]? ReadAll(Stream content)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = content.Read(buffer, 0, buffer.Length)) > 0)
        {
            if (all.Length + read > WorkbookLimits.MaxBytes)
            {
                return null;
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }
}
