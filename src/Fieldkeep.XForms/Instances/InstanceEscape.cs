using System.Buffers;
using System.Text.Unicode;

namespace Fieldkeep.XForms.Instances;

/// <summary>Writes answers as XML text in UTF-8, so that reading gives the same characters again.</summary>
internal static class InstanceEscape
{
    private const int Piece = 4096;

    private const string Controls =
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000B\u000C\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016" +
        "\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\uFFFE\uFFFF";

    // A carriage return would be read as a line feed, and in an attribute every line end and tab as a space.
    private static readonly SearchValues<char> InText = SearchValues.Create("&<>\r" + Controls);
    private static readonly SearchValues<char> InAttribute = SearchValues.Create("&<>\r\n\t\"'" + Controls);

    /// <summary>Writes the text of an element.</summary>
    /// <exception cref="InstanceException">The text has a character XML forbids; <paramref name="path"/> says where.</exception>
    public static void WriteText(IBufferWriter<byte> output, string text, string path) => Write(output, text, InText, path);

    /// <summary>Writes the value of an attribute, without quotes.</summary>
    /// <exception cref="InstanceException">The text has a character XML forbids; <paramref name="path"/> says where.</exception>
    public static void WriteAttribute(IBufferWriter<byte> output, string text, string path) => Write(output, text, InAttribute, path);

    private static void Write(IBufferWriter<byte> output, ReadOnlySpan<char> text, SearchValues<char> special, string path)
    {
        var at = 0;
        while (at < text.Length)
        {
            var run = text[at..].IndexOfAny(special);
            run = run < 0 ? text.Length - at : run;
            WriteRun(output, text.Slice(at, run), at, path);
            at += run;
            if (at < text.Length)
            {
                output.Write(Reference(text[at], at, path));
                at++;
            }
        }
    }

    private static void WriteRun(IBufferWriter<byte> output, ReadOnlySpan<char> run, int at, string path)
    {
        while (!run.IsEmpty)
        {
            var status = Utf8.FromUtf16(run, output.GetSpan(Piece), out var read, out var written, replaceInvalidSequences: false);
            output.Advance(written);
            run = run[read..];
            at += read;
            if (status == OperationStatus.InvalidData)
            {
                throw Illegal(run[0], at, path);
            }
        }
    }

    private static ReadOnlySpan<byte> Reference(char special, int at, string path) => special switch
    {
        '&' => "&amp;"u8,
        '<' => "&lt;"u8,
        '>' => "&gt;"u8,
        '"' => "&quot;"u8,
        '\'' => "&apos;"u8,
        '\r' => "&#13;"u8,
        '\n' => "&#10;"u8,
        '\t' => "&#9;"u8,
        _ => throw Illegal(special, at, path),
    };

    private static InstanceException Illegal(char character, int at, string path) => new(
        InstanceFault.IllegalCharacter,
        $"The answer at {path} has the character U+{(int)character:X4} at position {at}, which XML cannot hold. Remove it.");
}
