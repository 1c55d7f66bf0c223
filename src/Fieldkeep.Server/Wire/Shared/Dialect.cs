using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Names the language an address speaks; its refusals are written in it.</summary>
internal enum Dialect
{
    /// <summary>Our own API: RFC 9457 problem details.</summary>
    Api,

    /// <summary>ODK Central's API: its JSON and its problem codes.</summary>
    CentralV1,

    /// <summary>The part of ODK Central's OData that answers in XML; the same problem codes.</summary>
    ODataXml,

    /// <summary>Phones: OpenRosa XML.</summary>
    OpenRosa,
}

/// <summary>Marks routes with their dialect, and tells that of a request.</summary>
internal static class Dialects
{
    private static readonly string[] OpenRosaWords = ["formlist", "submission", "forms", "xformsmanifest", "manifest"];

    /// <summary>Marks a route or a group of routes; the mark nearest to the route counts.</summary>
    public static TBuilder Speaks<TBuilder>(this TBuilder routes, Dialect dialect)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new DialectMetadata(dialect));

    /// <summary>Gives the dialect of a request: of its route, else as its path looks.</summary>
    public static Dialect Of(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<DialectMetadata>()?.Dialect ?? OfPath(http.Request.Path);

    /// <summary>Gives the door a dialect stands for in the books.</summary>
    public static Door DoorOf(Dialect dialect) => dialect switch
    {
        Dialect.CentralV1 or Dialect.ODataXml => Door.CentralV1,
        Dialect.OpenRosa => Door.OpenRosa,
        _ => Door.Web,
    };

    private static Dialect OfPath(PathString path)
    {
        if (path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase))
        {
            return Dialect.CentralV1;
        }

        var first = path.Value?.Split('/', 3, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return OpenRosaWords.Contains(first, StringComparer.OrdinalIgnoreCase) ? Dialect.OpenRosa : Dialect.Api;
    }
}

/// <summary>The mark of a route: which dialect it speaks.</summary>
internal sealed record DialectMetadata(Dialect Dialect);
