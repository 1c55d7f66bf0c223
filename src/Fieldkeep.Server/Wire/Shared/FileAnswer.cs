using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Answers with files that strangers sent: nothing of them may run in our pages, and their names are only text.</summary>
internal static class FileAnswer
{
    // Only pictures that browsers decode and never execute are shown in place; SVG and HTML are programs.
    private static readonly Dictionary<string, string> Shown = new(StringComparer.OrdinalIgnoreCase)
    {
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".png"] = "image/png",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
    };

    private static readonly Dictionary<string, string> Saved = new(StringComparer.OrdinalIgnoreCase)
    {
        [".mp4"] = "video/mp4",
        [".3gp"] = "video/3gpp",
        [".webm"] = "video/webm",
        [".m4a"] = "audio/mp4",
        [".mp3"] = "audio/mpeg",
        [".ogg"] = "audio/ogg",
        [".wav"] = "audio/wav",
        [".amr"] = "audio/amr",
        [".csv"] = "text/csv",
        [".pdf"] = "application/pdf",
        [".zip"] = "application/zip",
    };

    /// <summary>Gives the media type that goes with a file's name; bytes without meaning for anything unknown.</summary>
    public static string TypeOf(string name) =>
        Shown.GetValueOrDefault(Path.GetExtension(name))
        ?? Saved.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream");

    /// <summary>Answers with a file, or the part of it that <c>Range</c> asks for. Closes the content.</summary>
    public static IResult Of(HttpContext http, string name, Stream content, string tag, DateTimeOffset? modified)
    {
        NameIt(http, name, Shown.ContainsKey(Path.GetExtension(name)));
        return Results.Stream(
            content,
            TypeOf(name),
            lastModified: modified,
            entityTag: new EntityTagHeaderValue($"\"{tag}\""),
            enableRangeProcessing: true);
    }

    /// <summary>Says under which name a browser shall save the answer.</summary>
    public static void NameIt(HttpContext http, string name, bool isShown = false)
    {
        var disposition = new ContentDispositionHeaderValue(isShown ? "inline" : "attachment");
        disposition.SetHttpFileName(SafeName(name));
        http.Response.Headers.ContentDisposition = disposition.ToString();
        http.Response.Headers.XContentTypeOptions = "nosniff";
    }

    // Slashes, controls and marks that turn the direction of text make a name look like another.
    private static string SafeName(string name)
    {
        var safe = string.Concat(name.Select(letter =>
            char.IsControl(letter) || letter is '/' or '\\' or (>= '\u200E' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')
                ? '_'
                : letter));
        return safe.Trim().Trim('.').Length == 0 ? "file" : safe;
    }
}
