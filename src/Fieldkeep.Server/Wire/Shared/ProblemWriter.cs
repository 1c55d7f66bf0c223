using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Writes a refusal in the dialect of the address it came to.</summary>
internal static class ProblemWriter
{
    /// <summary>Answers with a problem.</summary>
    public static async Task WriteAsync(HttpContext http, ProblemException problem)
    {
        var dialect = Dialects.Of(http);
        var response = http.Response;
        response.Headers.CacheControl = "no-store";
        if (problem.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        response.StatusCode = StatusOf(http, problem, dialect);
        if (response.StatusCode == StatusCodes.Status401Unauthorized && dialect == Dialect.OpenRosa && http.Request.IsHttps)
        {
            // Collect sends a password only when asked, and is asked only where nobody can listen.
            response.Headers.WWWAuthenticate = "Basic realm=\"Fieldkeep\", charset=\"UTF-8\"";
        }

        var (type, body) = dialect switch
        {
            Dialect.OpenRosa => ("text/xml; charset=utf-8", OpenRosa(problem)),
            Dialect.CentralV1 => ("application/json; charset=utf-8", Central(problem)),
            Dialect.ODataXml => ("text/xml; charset=utf-8", ODataXml(problem)),
            _ => ("application/problem+json", Details(problem)),
        };
        if (dialect == Dialect.OpenRosa)
        {
            response.Headers["X-OpenRosa-Version"] = "1.0";
        }

        response.ContentType = type;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            // The answer is short and the caller may be about to go; either way nothing is lost.
            await response.Body.WriteAsync(body, CancellationToken.None);
        }
    }

    // Central knows no 422: what it refuses in a body is 400. Phones keep what they have, whatever is no 201 or 202; what is suspended is not offered to them any
    // more, and what they bring is to come again.
    private static int StatusOf(HttpContext http, ProblemException problem, Dialect dialect) => dialect switch
    {
        Dialect.OpenRosa when problem.Code is AccessProblems.ProjectSuspendedCode or AccessProblems.AccountSuspendedCode =>
            HttpMethods.IsGet(http.Request.Method) ? StatusCodes.Status410Gone : StatusCodes.Status503ServiceUnavailable,
        Dialect.CentralV1 or Dialect.ODataXml when problem.CentralCode is { } code => (int)decimal.Floor(code),
        Dialect.CentralV1 or Dialect.ODataXml or Dialect.OpenRosa when problem.Status == 422 => 400,
        _ => problem.Status,
    };

    private static byte[] Details(ProblemException problem)
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["type"] = "about:blank",
            ["title"] = problem.Message,
            ["status"] = problem.Status,
            ["detail"] = problem.Message,
            ["code"] = problem.Code,
        };
        foreach (var (name, value) in problem.Details ?? new Dictionary<string, object?>(StringComparer.Ordinal))
        {
            members[name] = value;
        }

        return JsonSerializer.SerializeToUtf8Bytes(members, WireJson.Options);
    }

    private static byte[] Central(ProblemException problem)
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["message"] = problem.Message,
            ["code"] = problem.CentralCode ?? CodeOf(problem.Status),
        };
        if (problem.Details is { } details)
        {
            members["details"] = details;
        }

        return JsonSerializer.SerializeToUtf8Bytes(members, WireJson.Options);
    }

    private static decimal CodeOf(int status) => status switch
    {
        400 or 422 => 400.8m,
        401 => 401.2m,
        409 => 409.3m,
        _ => status + 0.1m,
    };

    private static byte[] ODataXml(ProblemException problem)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = true }))
        {
            xml.WriteStartElement("error");
            xml.WriteAttributeString("code", (problem.CentralCode ?? CodeOf(problem.Status)).ToString(CultureInfo.InvariantCulture));
            xml.WriteElementString("message", Writable(problem.Message));
            xml.WriteElementString("details", "");
            xml.WriteEndElement();
        }

        return bytes.ToArray();
    }

    private static byte[] OpenRosa(ProblemException problem)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = true }))
        {
            xml.WriteStartElement("OpenRosaResponse", "http://openrosa.org/http/response");
            xml.WriteAttributeString("items", "0");
            xml.WriteStartElement("message", "http://openrosa.org/http/response");
            xml.WriteAttributeString("nature", "error");
            xml.WriteString(Writable(problem.Message));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return bytes.ToArray();
    }

    // A message may quote a name that holds what XML cannot.
    private static string Writable(string text) =>
        string.Concat(text.Select(letter => XmlConvert.IsXmlChar(letter) ? letter : '�'));
}
