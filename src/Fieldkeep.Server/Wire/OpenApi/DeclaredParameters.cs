using System.Text.RegularExpressions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.OpenApi;

namespace Fieldkeep.Server.Wire.OpenApi;

/// <summary>Writes the parameters of an address: those of its path, and those that its handler reads by itself.</summary>
internal static partial class DeclaredParameters
{
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["projectId"] = "The project's number.",
        ["formId"] = "The form's own id (`form_id` of the XLSForm).",
        ["instanceId"] = "The submission's instanceID, such as `uuid:…`.",
        ["version"] = "The version's name.",
        ["name"] = "The file's name.",
        ["token"] = "The secret that lets this caller in.",
        ["id"] = "The id.",
        ["table"] = "`Submissions`, `Submissions.group.repeat`, or `Submissions('uuid:…')` for one.",
        ["path"] = "The repeat below one submission, such as `group/repeat`.",
    };

    /// <summary>Adds what the operation does not list yet, the path's first.</summary>
    public static void Write(OpenApiOperation operation, string path, IEnumerable<object> marks)
    {
        operation.Parameters ??= [];
        var all = InPath()
            .Matches(path)
            .Select(match => PathParameter(match.Groups["name"].Value, match.Groups["type"].Value))
            .Concat<IOpenApiParameter>(operation.Parameters.Where(parameter => parameter.In != ParameterLocation.Path))
            .Concat(marks.OfType<ParameterMetadata>().Select(Declared))
            .DistinctBy(parameter => (parameter.In, parameter.Name))
            .ToList();
        operation.Parameters.Clear();
        all.ForEach(operation.Parameters.Add);
    }

    private static OpenApiParameter PathParameter(string name, string type) => new OpenApiParameter
    {
        Name = name,
        In = ParameterLocation.Path,
        Required = true,
        Description = Words.GetValueOrDefault(name),
        Schema = type == "long"
            ? new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" }
            : new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiParameter Declared(ParameterMetadata parameter) => new OpenApiParameter
    {
        Name = parameter.Name,
        In = parameter.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,
        Description = parameter.Description,
        Schema = parameter.Type == typeof(bool) ? new OpenApiSchema { Type = JsonSchemaType.Boolean }
            : parameter.Type == typeof(int) ? new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = "0" }
            : new OpenApiSchema { Type = JsonSchemaType.String },
    };

    [GeneratedRegex(@"\{\*{0,2}(?<name>\w+)(:(?<type>\w+))?\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InPath();
}
