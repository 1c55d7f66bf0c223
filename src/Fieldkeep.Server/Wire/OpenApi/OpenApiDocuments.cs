using System.Text.Json.Serialization.Metadata;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Fieldkeep.Server.Wire.OpenApi;

/// <summary>Describes what the server answers, generated from the declared addresses: one OpenAPI 3.1 document for each dialect.</summary>
internal static class OpenApiDocuments
{
    /// <summary>The document of our own API.</summary>
    public const string Api = "api";

    /// <summary>The document of ODK Central's API and of the phones' addresses.</summary>
    public const string V1 = "v1";

    private static readonly string[] ApiRoots = ["api/", "health/", "openapi.json", ".well-known/"];
    private static readonly string[] V1Roots = ["v1/"];

    /// <summary>Adds what generates the documents.</summary>
    public static IServiceCollection AddOpenApiDocuments(this IServiceCollection services)
    {
        services.AddOpenApi(Api, options => SetUp(options, ApiRoots));
        services.AddOpenApi(V1, options => SetUp(options, V1Roots));
        return services.AddSingleton<WrittenDocuments>();
    }

    /// <summary>Maps <c>/api/openapi.json</c>, the same at <c>/openapi.json</c> where tools look first, and <c>/v1/openapi.json</c>.</summary>
    public static void MapOpenApiDocuments(this IEndpointRouteBuilder routes)
    {
        Map(routes, "/api/openapi.json", Api, Dialect.Api, Audience.Web);
        Map(routes, "/openapi.json", Api, Dialect.Api, Audience.Web).Variant("AtRoot");
        Map(routes, "/v1/openapi.json", V1, Dialect.CentralV1, Audience.Scripts);
    }

    private static RouteHandlerBuilder Map(
        IEndpointRouteBuilder routes, string path, string name, Dialect dialect, Audience audience) =>
        routes.MapGet(path, (HttpContext http, WrittenDocuments documents) => SendAsync(http, name, documents))
            .Speaks(dialect)
            .CalledBy(CallerKind.Anonymous)
            .MadeFor(audience)
            .WithTags("Reference")
            .Declare("getOpenApi", "Read this description (OpenAPI 3.1)")
            .SendsFile("application/json");

    private static async Task<IResult> SendAsync(HttpContext http, string name, WrittenDocuments documents)
    {
        var document = await documents.GetAsync(name, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-cache";
        return ETags.Matches(http, document.Tag)
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(document.Json, "application/json; charset=utf-8");
    }

    private static void SetUp(OpenApiOptions options, string[] roots)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddOperationTransformer<DeclaredOperations>();
        options.AddSchemaTransformer<WireSchemas>();
        options.AddDocumentTransformer<DescribedDocuments>();
        options.CreateSchemaReferenceId = NameOf;
        options.ShouldInclude = address =>
            address.ActionDescriptor.EndpointMetadata.OfType<Declaration>().Any()
            && roots.Any(root => address.RelativePath?.StartsWith(root, StringComparison.Ordinal) == true);
    }

    // “ProjectItemList” instead of “ItemListOfProjectItem”.
    private static string? NameOf(JsonTypeInfo type) =>
        type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() == typeof(ItemList<>)
            ? type.Type.GenericTypeArguments[0].Name + "List"
            : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
}
