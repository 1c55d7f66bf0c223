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
    private const string Header = "X-Action-Notes";
    private const int MostCharacters = 2_000;

    /// <summary>Reads what is remarked.</summary>
    /// <exception cref="ProblemException"><c>notes.unusable</c>.</exception>
    public static ValueTask<ActionNotes> BindAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header].ToString();
        if (given.Length == 0)
        {
            return new(default(ActionNotes));
        }

        var text = given.Length <= MostCharacters * 12 ? Uri.UnescapeDataString(given) : "\0";
        return text.Length <= MostCharacters && !text.Contains('\0', StringComparison.Ordinal)
            ? new(new ActionNotes(text))
            : throw new ProblemException(
                "notes.unusable", 400, $"“{Header}” is at most {MostCharacters} characters long, percent-encoded, and has no NUL.")
            { CentralCode = 400.6m };
    }

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ParameterMetadata(Header, true, typeof(string), "A remark for the history, percent-encoded."));
        builder.Metadata.Add(new RefusalMetadata(StatusCodes.Status400BadRequest, ["notes.unusable"]));
    }
}
