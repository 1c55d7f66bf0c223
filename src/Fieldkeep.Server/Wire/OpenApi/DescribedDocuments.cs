using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Fieldkeep.Server.Wire.OpenApi;

/// <summary>Writes what a whole document says: its title, the shapes of problems, the ways to say who is calling.</summary>
internal sealed class DescribedDocuments : IOpenApiDocumentTransformer
{
    /// <summary>Completes a document.</summary>
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var isV1 = context.DocumentName == OpenApiDocuments.V1;
        document.Info = new OpenApiInfo
        {
            Title = isV1 ? "Fieldkeep, ODK Central's API" : "Fieldkeep's API",
            Version = "1",
            Description = isV1
                ? "ODK Central's API as Fieldkeep answers it, and the OpenRosa addresses of phones. Instants are ISO 8601 in UTC with milliseconds."
                : "Fieldkeep's own API. Instants are RFC 3339 in UTC with milliseconds; problems are RFC 9457 with a stable dotted code.",
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };

        // The address depends on who asks; a reader takes the one the document came from.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = SecuritySchemes.All();
        document.AddComponent(
            isV1 ? DeclaredProblems.CentralProblem : DeclaredProblems.Problem, isV1 ? CentralProblem() : Problem());
        DeclaredProblems.WriteShared(document, isV1 ? Dialect.CentralV1 : Dialect.Api);
        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
        {
            tag.Description ??= TagWords.Of(tag.Name ?? "");
        }

        return Task.CompletedTask;
    }

    private static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "Problem details (RFC 9457). Some codes bring further members, such as `feedback` of `password.weak`.",
        Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "detail", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["type"] = Text("Always `about:blank`."),
            ["title"] = Text("What happened, in words."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The HTTP status." },
            ["detail"] = Text("What happened, with which value, and what to do."),
            ["code"] = Text("A stable dotted code, such as `access.denied`."),
        },
    };

    private static OpenApiSchema CentralProblem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "A problem as ODK Central tells it.",
        Required = new HashSet<string>(StringComparer.Ordinal) { "message", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["message"] = Text("What happened, with which value, and what to do."),
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.Number, Description = "Central's number, such as 404.1." },
            ["details"] = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "Such as the diagnostics of a form." },
        },
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}

/// <summary>Says in a sentence what the addresses of a tag are about.</summary>
internal static class TagWords
{
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["Activity"] = "Who did what.",
        ["App users"] = "Phones and their tokens.",
        ["Drafts"] = "Form files before they are published, and their tests.",
        ["Exports"] = "Data taken out as files.",
        ["Forms"] = "Forms and their versions.",
        ["Health"] = "How the server is.",
        ["Phones"] = "OpenRosa, as ODK Collect and KoboCollect speak it.",
        ["Projects"] = "Projects and what is in them.",
        ["Reference"] = "This description.",
        ["Session"] = "Who is signed in.",
        ["Sessions"] = "Tokens for scripts.",
        ["Set-up"] = "The first minutes of a server.",
        ["Submissions"] = "What phones sent.",
        ["Users"] = "Accounts.",
    };

    /// <summary>Gives the sentence; null for a tag that has none.</summary>
    public static string? Of(string tag) => Words.GetValueOrDefault(tag);
}
