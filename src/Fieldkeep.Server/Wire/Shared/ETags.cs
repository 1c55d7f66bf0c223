using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Sets a response's ETag and tells whether the caller has that version already.</summary>
internal static class ETags
{
    /// <summary>Sets the tag; gives true when If-None-Match names it and the answer is 304.</summary>
    /// <param name="value">Anything that changes with the content; quotes are added.</param>
    public static bool Matches(HttpContext http, string value)
    {
        var tag = new EntityTagHeaderValue($"\"{value}\"");
        http.Response.Headers.ETag = tag.ToString();
        return EntityTagHeaderValue.TryParseList(http.Request.Headers.IfNoneMatch, out var known)
            && known.Any(other => other.Compare(tag, useStrongComparison: false) || other.Equals(EntityTagHeaderValue.Any));
    }
}
