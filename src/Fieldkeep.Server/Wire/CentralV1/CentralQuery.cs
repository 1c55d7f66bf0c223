using System.Globalization;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>What Central's clients may ask of any address.</summary>
internal static class CentralQuery
{
    /// <summary>The answer to everything that was done and has nothing to show.</summary>
    public static object Success { get; } = new { success = true };

    /// <summary>Tells whether more than the plain record is asked for (<c>X-Extended-Metadata: true</c>).</summary>
    public static bool IsExtended(HttpContext http) =>
        string.Equals(http.Request.Headers["X-Extended-Metadata"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gives the part of a list that <c>offset</c> and <c>limit</c> ask for.</summary>
    /// <exception cref="ProblemException"><c>query.not_a_number</c>.</exception>
    public static IEnumerable<T> Page<T>(HttpContext http, IEnumerable<T> items) =>
        items.Skip(Number(http, "offset") ?? 0).Take(Number(http, "limit") ?? int.MaxValue);

    /// <summary>Says which parameters of a body are missing.</summary>
    public static ProblemException Missing(string expected, string got) =>
        new("body.missing", 400, $"Required parameters missing. Expected ({expected}), got ({got}).") { CentralCode = 400.3m };

    /// <summary>Gives a whole number of the query; null when it is not given.</summary>
    /// <exception cref="ProblemException"><c>query.not_a_number</c>.</exception>
    public static int? Number(HttpContext http, string name)
    {
        var text = http.Request.Query[name].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ProblemException("query.not_a_number", 400, $"“{name}” must be a whole number of 0 or more.") { CentralCode = 400.11m };
    }
}
