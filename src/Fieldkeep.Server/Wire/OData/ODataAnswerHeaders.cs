using System.Globalization;
using Fieldkeep.Server.Exports.OData;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.OData;

/// <summary>Settles what an answer is written in, and says so in its headers: OData 4.01, Part 1, 8.</summary>
internal static class ODataAnswerHeaders
{
    /// <summary>The media type of answers in JSON.</summary>
    public const string Json = "application/json; odata.metadata=minimal; charset=utf-8";

    /// <summary>Prepares an answer in JSON.</summary>
    /// <exception cref="Kernel.ProblemException"><c>odata.not_acceptable</c>, <c>odata.old_version</c>.</exception>
    public static void BeginJson(HttpContext http)
    {
        Begin(http, "json", "JSON", "json");
        http.Response.ContentType = Json;
    }

    /// <summary>Prepares an answer in XML.</summary>
    /// <exception cref="Kernel.ProblemException"><c>odata.not_acceptable</c>, <c>odata.old_version</c>.</exception>
    public static void BeginXml(HttpContext http)
    {
        Begin(http, "xml", "XML", "atom");
        http.Response.ContentType = "application/xml; charset=utf-8";
    }

    /// <summary>Prepares an answer that is a number as text, which every client takes.</summary>
    public static void BeginText(HttpContext http)
    {
        http.Response.Headers["OData-Version"] = "4.0";
        http.Response.ContentType = "text/plain; charset=utf-8";
    }

    private static void Begin(HttpContext http, string given, string name, string other)
    {
        var version = http.Request.Headers["OData-MaxVersion"].ToString();
        if (double.TryParse(version, NumberStyles.Float, CultureInfo.InvariantCulture, out var most) && most < 4)
        {
            throw ODataProblems.OldVersion(version);
        }

        // “$format” counts before “Accept”: OData 4.01, Part 1, 11.2.12.
        var format = http.Request.Query["$format"].ToString();
        var asked = format.Length > 0 ? format : http.Request.Headers.Accept.ToString();
        if (asked.Length > 0
            && !asked.Contains(given, StringComparison.OrdinalIgnoreCase)
            && !asked.Contains(other, StringComparison.OrdinalIgnoreCase)
            && !asked.Contains("*/*", StringComparison.Ordinal)
            && !asked.Contains("application/*", StringComparison.OrdinalIgnoreCase))
        {
            throw ODataProblems.NotAcceptable(asked, name);
        }

        http.Response.Headers["OData-Version"] = "4.0";
    }
}
