using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Reads and hides the secrets that ODK's addresses carry: <c>/v1/key/{token}</c>, <c>/v1/test/{token}</c>, <c>/v1/sessions/{token}</c>, <c>/v1/form-links/{token}</c>, <c>/api/export-links/{token}</c>.</summary>
internal static class KeyPath
{
    private static readonly string[] SecretAfter = ["key", "test", "sessions", "form-links", "export-links"];

    /// <summary>Gives the app user's token of a path; null when the path has none.</summary>
    public static string? TokenOf(PathString path)
    {
        const string prefix = "/v1/key/";
        var text = path.Value ?? "";
        if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var end = text.IndexOf('/', prefix.Length);
        return end < 0 ? text[prefix.Length..] : text[prefix.Length..end];
    }

    /// <summary>Gives a path as it may be logged: without secrets, and without the names of submissions' files, which are answers.</summary>
    public static string Redact(PathString path)
    {
        var parts = (path.Value ?? "").Split('/');
        for (var index = 1; index < parts.Length; index++)
        {
            if (SecretAfter.Contains(parts[index - 1], StringComparer.OrdinalIgnoreCase)
                && parts[index] is not ("" or "current"))
            {
                parts[index] = "[token]";
            }
            else if (parts[index - 1] == "attachments" && parts.AsSpan(0, index).Contains("submissions"))
            {
                parts[index] = "[file]";
            }
        }

        return string.Join('/', parts);
    }
}
