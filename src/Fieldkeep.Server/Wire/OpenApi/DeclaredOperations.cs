using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Fieldkeep.Server.Wire.OpenApi;

/// <summary>Writes into each operation what its address declares.</summary>
internal sealed class DeclaredOperations : IOpenApiOperationTransformer
{
    /// <summary>Completes one operation.</summary>
    public Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var marks = context.Description.ActionDescriptor.EndpointMetadata;
        var declared = marks.OfType<Declaration>().Last();
        var callers = marks.OfType<CallersMetadata>().Last().Kinds;
        operation.OperationId = declared.Id + marks.OfType<VariantMetadata>().LastOrDefault()?.Suffix;
        operation.Summary = declared.Summary;
        operation.Extensions = new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal)
        {
            ["x-fieldkeep-action"] = new JsonNodeExtension(ActionOf(declared)),
            ["x-fieldkeep-callers"] = new JsonNodeExtension(ArrayOf(callers.Select(kind => KebabOf(kind)))),
            ["x-fieldkeep-audience"] = new JsonNodeExtension(KebabOf(marks.OfType<AudienceMetadata>().Last().Audience)),
        };
        operation.Security = SecurityOf(callers, context);
        DeclaredParameters.Write(operation, context.Description.RelativePath ?? "", marks);
        TakeFile(operation, marks);
        SendFile(operation, marks);
        DeclaredProblems.Write(operation, context, marks, declared, callers);
        return Task.CompletedTask;
    }

    /// <summary>Gives a permission's name on the wire, such as <c>app-user.list</c>.</summary>
    public static string NameOf(Permission permission) => PermissionNames.NameOf(permission);

    // One action is the rule; an address that demands none says “none”, one that demands several names them all.
    private static JsonNode ActionOf(Declaration declared) => declared.Actions switch
    {
        [] => "none",
        [var one] => NameOf(one),
        var several => ArrayOf(several.Select(NameOf)),
    };

    private static List<OpenApiSecurityRequirement> SecurityOf(
        IReadOnlyList<CallerKind> callers, OpenApiOperationTransformerContext context)
    {
        var ways = new List<OpenApiSecurityRequirement>();
        if (callers.Contains(CallerKind.Session))
        {
            OpenApiSecurityRequirement Way(params string[] schemes) => new()
            {
                // The documents add all schemes (DescribedDocuments).
                [new OpenApiSecuritySchemeReference(schemes[0], context.Document)] = [],
            };
            ways.Add(Way(SecuritySchemes.Bearer));
            ways.Add(Way(SecuritySchemes.Basic));
            var cookie = Way(SecuritySchemes.Cookie);
            if (context.Description.HttpMethod is not ("GET" or "HEAD"))
            {
                cookie[new OpenApiSecuritySchemeReference(SecuritySchemes.Csrf, context.Document)] = [];
            }

            ways.Add(cookie);
        }

        // An empty way means: without credentials, or with those in the path.
        if (callers.Any(kind => kind != CallerKind.Session))
        {
            ways.Add([]);
        }

        return ways;
    }

    private static void TakeFile(OpenApiOperation operation, IList<object> marks)
    {
        if (marks.OfType<FileBodyMetadata>().LastOrDefault() is not { } file)
        {
            return;
        }

        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = string.Create(
                CultureInfo.InvariantCulture, $"At most {file.MaxBytes / (1024 * 1024)} MiB ({file.MaxBytes} bytes)."),
            Content = ContentOf(file.MediaTypes),
        };
    }

    private static void SendFile(OpenApiOperation operation, IList<object> marks)
    {
        if (marks.OfType<FileAnswerMetadata>().LastOrDefault() is not { } file)
        {
            return;
        }

        operation.Responses ??= [];
        foreach (var status in operation.Responses.Keys.Where(status => !status.StartsWith('3')).ToList())
        {
            operation.Responses.Remove(status);
        }

        operation.Responses[file.Status.ToString(CultureInfo.InvariantCulture)] =
            new OpenApiResponse { Description = "The content.", Content = ContentOf(file.MediaTypes) };
    }

    private static Dictionary<string, OpenApiMediaType> ContentOf(IReadOnlyList<string> mediaTypes) => mediaTypes.ToDictionary(
        type => type,
        type => new OpenApiMediaType
        {
            Schema = type switch
            {
                "application/json" => new OpenApiSchema { Type = JsonSchemaType.Object | JsonSchemaType.Array },
                "multipart/form-data" => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Binary() },
                _ => Binary(),
            },
        },
        StringComparer.Ordinal);

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };

    private static string KebabOf(Enum value) => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static JsonArray ArrayOf(IEnumerable<string> words) => [.. words.Select(word => JsonValue.Create(word))];
}
