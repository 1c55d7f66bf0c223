using System.Text;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Reads <c>X-Action-Notes</c>: why someone does something, percent-encoded as Central's clients send it.</summary>
internal static class RequestNotes
{
    /// <summary>The header.</summary>
    public const string Header = "X-Action-Notes";

    private const int MostCharacters = 2_000;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Gives the notes of a request that changes something; null when it has none.</summary>
    /// <exception cref="ProblemException"><c>notes.unusable</c>.</exception>
    public static string? Of(HttpContext http)
    {
        var text = http.Request.Headers[Header].ToString();
        if (text.Length == 0 || HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
        {
            return null;
        }

        // A character takes at most 12 percent-encoded.
        var notes = text.Length <= MostCharacters * 12 ? Decode(text) : throw Invalid();
        return notes.Length <= MostCharacters && !notes.Contains('\0', StringComparison.Ordinal) ? notes : throw Invalid();
    }

    private static string Decode(string text)
    {
        try
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var (read, written) = (0, 0);
            while (read < bytes.Length)
            {
                if (bytes[read] == '%')
                {
                    bytes[written++] = Convert.FromHexString(Encoding.ASCII.GetString(bytes, read + 1, 2))[0];
                    read += 3;
                }
                else
                {
                    bytes[written++] = bytes[read++];
                }
            }

            return Strict.GetString(bytes, 0, written);
        }
        catch (Exception problem) when (problem is FormatException or ArgumentException)
        {
            throw Invalid();
        }
    }

    private static ProblemException Invalid() =>
        new("notes.unusable", 400, $"“{Header}” is at most {MostCharacters} characters long, percent-encoded, and has no NUL.")
        {
            CentralCode = 400.6m,
        };
}
