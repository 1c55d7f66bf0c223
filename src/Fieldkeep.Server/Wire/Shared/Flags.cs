using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Reads yes-or-no parameters of the query.</summary>
internal static class Flags
{
    /// <summary>Gives a flag; <paramref name="otherwise"/> when it is not given.</summary>
    /// <exception cref="ProblemException"><c>query.not_a_flag</c>.</exception>
    public static bool Of(HttpContext http, string name, bool otherwise)
    {
        var text = http.Request.Query[name].ToString();
        if (text.Length == 0)
        {
            return otherwise;
        }

        return bool.TryParse(text, out var flag)
            ? flag
            : throw new ProblemException("query.not_a_flag", 400, $"“{name}” must be true or false.");
    }
}
