using System.Globalization;
using System.Reflection;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>What Central's clients may ask of a record: the plain one, or more (<c>X-Extended-Metadata: true</c>).</summary>
internal readonly record struct CentralQuery(bool IsExtended) : IEndpointParameterMetadataProvider
{
    private const string ExtendedHeader = "X-Extended-Metadata";

    /// <summary>Reads what is asked for.</summary>
    public static ValueTask<CentralQuery> BindAsync(HttpContext context) =>
        new(new CentralQuery(string.Equals(context.Request.Headers[ExtendedHeader], "true", StringComparison.OrdinalIgnoreCase)));

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new ParameterMetadata(ExtendedHeader, true, typeof(bool), "True for the members that only extended metadata has."));

    /// <summary>Says which parameters of a body are missing.</summary>
    public static ProblemException Missing(string expected, string got) =>
        new("body.missing", 400, $"Required parameters missing. Expected ({expected}), got ({got}).") { CentralCode = 400.3m };

    /// <summary>Says that a body lacks its one parameter.</summary>
    public static ProblemException Missing(string name) =>
        new("body.missing", 400, $"Required parameter {name} missing.") { CentralCode = 400.2m };

    /// <summary>Gives a flag of the query; anything but “true” is false, as Central has it.</summary>
    public static bool Flag(HttpContext http, string name, bool otherwise = false) =>
        http.Request.Query[name].ToString() switch
        {
            "" => otherwise,
            var text => text.Equals("true", StringComparison.OrdinalIgnoreCase),
        };
}

/// <summary>Which part of a list a client asks for: <c>offset</c> and <c>limit</c>.</summary>
internal readonly record struct CentralPage(int Offset, int Limit) : IEndpointParameterMetadataProvider
{
    /// <summary>Reads what is asked for.</summary>
    /// <exception cref="ProblemException"><c>query.not_a_number</c>.</exception>
    public static ValueTask<CentralPage> BindAsync(HttpContext context) =>
        new(new CentralPage(Number(context, "offset") ?? 0, Number(context, "limit") ?? int.MaxValue));

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ParameterMetadata("offset", false, typeof(int), "Rows to leave out at the beginning. Default: 0."));
        builder.Metadata.Add(new ParameterMetadata("limit", false, typeof(int), "Rows at most. Default: all."));
        builder.Metadata.Add(new RefusalMetadata(StatusCodes.Status400BadRequest, ["query.not_a_number"]));
    }

    /// <summary>Gives the part that is asked for.</summary>
    public IReadOnlyList<T> Of<T>(IEnumerable<T> items) => [.. items.Skip(Offset).Take(Limit)];

    private static int? Number(HttpContext http, string name)
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

/// <summary>The answer to everything that was done and has nothing to show.</summary>
internal sealed record Done(bool Success)
{
    /// <summary>It was done.</summary>
    public static Done Well { get; } = new(true);
}
