using System.Reflection;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>A JSON body not yet read: a handler reads it once it knows that the caller may send one.</summary>
internal readonly record struct JsonBody<T>(HttpContext Http) : IEndpointParameterMetadataProvider
    where T : class
{
    /// <summary>Reads the body.</summary>
    /// <exception cref="ProblemException"><c>body.not_json</c>, <c>body.too_large</c>, <c>body.media_type</c>.</exception>
    public Task<T> ReadAsync() => WireJson.ReadAsync<T>(Http, WireJson.MostBytes);

    /// <summary>Reads a body that may be larger than most.</summary>
    /// <exception cref="ProblemException">As <see cref="ReadAsync()"/>.</exception>
    public Task<T> ReadAsync(int mostBytes) => WireJson.ReadAsync<T>(Http, mostBytes);

    /// <summary>Reads the body if there is one; null when the request has none.</summary>
    /// <exception cref="ProblemException">As <see cref="ReadAsync()"/>.</exception>
    public async Task<T?> ReadIfGivenAsync() => Http.Request.ContentLength > 0 ? await ReadAsync() : null;

    /// <summary>Takes the request as it is; nothing is read.</summary>
    public static ValueTask<JsonBody<T>> BindAsync(HttpContext context, ParameterInfo parameter) => new(new JsonBody<T>(context));

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        // Without media types routing does not choose by them: who is asking comes before what they send.
        builder.Metadata.Add(new AcceptsMetadata([], typeof(T)));
        builder.Metadata.Add(new RefusalMetadata(StatusCodes.Status400BadRequest, ["body.not_json", "body.wrong_type"]));
        builder.Metadata.Add(new RefusalMetadata(StatusCodes.Status413PayloadTooLarge, ["body.too_large"]));
        builder.Metadata.Add(new RefusalMetadata(StatusCodes.Status415UnsupportedMediaType, ["body.media_type"]));
    }
}
