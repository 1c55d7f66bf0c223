using System.Reflection;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>What a person remarks about what they ask for (<c>X-Action-Notes</c>), kept sealed in the history.</summary>
/// <param name="Text">The remark; null when there is none.</param>
internal readonly record struct ActionNotes(string? Text) : IEndpointParameterMetadataProvider
{
    /// <summary>Reads what is remarked.</summary>
    /// <exception cref="ProblemException"><c>notes.unusable</c>.</exception>
    public static ValueTask<ActionNotes> BindAsync(HttpContext context) => new(new ActionNotes(RequestNotes.Of(context)));

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ParameterMetadata(RequestNotes.Header, true, typeof(string), "A remark for the history, percent-encoded."));
        builder.Metadata.Add(new RefusalMetadata(StatusCodes.Status400BadRequest, ["notes.unusable"]));
    }
}
