using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fieldkeep.Cli;

/// <summary>Writes to the two streams of a command: the product to stdout, everything else to stderr.</summary>
internal static class Terminal
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a line of the product.</summary>
    public static void Print(string line) => Console.Out.WriteLine(line);

    /// <summary>Writes the product as one line of JSON.</summary>
    public static void PrintJson<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Json));

    /// <summary>Tells the person at the terminal something that is not the product.</summary>
    public static void Tell(string line) => Console.Error.WriteLine(line);

    /// <summary>Says why a command failed and what to do.</summary>
    public static void Fail(string message, string hint)
    {
        Console.Error.WriteLine($"error: {message}");
        Console.Error.WriteLine($"hint: {hint}");
    }
}
