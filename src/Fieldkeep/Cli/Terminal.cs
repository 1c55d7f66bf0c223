using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fieldkeep.Cli;

/// <summary>Writes to the two streams of a command: the product to stdout, everything else to stderr.</summary>
internal static class Terminal
{
    private const string Indent = "    ";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a line of the product.</summary>
    public static void Print(string line) => Console.Out.WriteLine(line);

    /// <summary>Writes the product as one line of JSON.</summary>
    public static void PrintJson<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Json));

    /// <summary>Tells the person at the terminal something that is not the product; further lines of it are indented.</summary>
    public static void Tell(string line) => Console.Error.WriteLine(Visible(line));

    /// <summary>Says why a command failed and what to do.</summary>
    public static void Fail(string message, string hint)
    {
        Console.Error.WriteLine($"error: {Visible(message)}");
        Console.Error.WriteLine($"hint: {Visible(hint)}");
    }

    /// <summary>
    /// Shows characters that steer a terminal, or turn the direction of what follows, as <c>U+001B</c>: names of files and
    /// cells come from strangers. A new line stays one, but cannot look like a message of its own.
    /// </summary>
    private static string Visible(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length);
        foreach (var c in text.ReplaceLineEndings("\n"))
        {
            _ = c switch
            {
                '\n' => shown.Append(Environment.NewLine).Append(Indent),
                '\t' => shown.Append(' '),
                _ when char.IsControl(c) || TurnsDirection(c) => shown.Append(CultureInfo.InvariantCulture, $"U+{(int)c:X4}"),
                _ => shown.Append(c),
            };
        }

        return shown.ToString();
    }

    /// <summary>Bidirectional marks, embeddings, overrides and isolates (Unicode, annex 9).</summary>
    private static bool TurnsDirection(char c) =>
        c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
