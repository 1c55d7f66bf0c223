using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Compares JSON with the part of JSON Schema that our documents use. A member that the schema does not name is a fault.</summary>
internal sealed class SchemaCheck(Func<JsonNode?, JsonNode?> resolve)
{
    /// <summary>Says what does not fit and where; null when all fits.</summary>
    public string? FindFault(JsonNode schemaOrReference, JsonNode? value, string path)
    {
        if (resolve(schemaOrReference) is not JsonObject schema)
        {
            return $"{path}: the schema refers to nothing";
        }

        if (schema["oneOf"] is JsonArray ways)
        {
            return ways.Any(way => way is not null && FindFault(way, value, path) is null) ? null : $"{path}: fits none of oneOf";
        }

        if (schema["type"] is { } type && !TypesOf(type).Contains(KindOf(value), StringComparer.Ordinal)
            && !(KindOf(value) == "integer" && TypesOf(type).Contains("number", StringComparer.Ordinal)))
        {
            return $"{path}: is {KindOf(value)}, not {type.ToJsonString()}";
        }

        if (schema["enum"] is JsonArray words && value is not null && !words.Any(word => JsonNode.DeepEquals(word, value)))
        {
            return $"{path}: {value.ToJsonString()} is none of {words.ToJsonString()}";
        }

        return value switch
        {
            JsonObject members => FindFaultOfMembers(schema, members, path),
            JsonArray items when schema["items"] is { } each =>
                items.Select((item, index) => FindFault(each, item, $"{path}[{index}]")).FirstOrDefault(fault => fault is not null),
            _ => null,
        };
    }

    private string? FindFaultOfMembers(JsonObject schema, JsonObject members, string path)
    {
        var known = schema["properties"] as JsonObject;
        var lacking = (schema["required"] as JsonArray ?? []).FirstOrDefault(name => !members.ContainsKey(name!.GetValue<string>())); // names
        if (lacking is not null)
        {
            return $"{path}: lacks {lacking}";
        }

        foreach (var (name, value) in members)
        {
            var of = known?[name] ?? schema["additionalProperties"];
            if (of is null && known is not null && !path.EndsWith("details", StringComparison.Ordinal) && members["code"] is null)
            {
                return $"{path}: {name} is not in the schema";
            }

            if (of is JsonObject && FindFault(of, value, $"{path}.{name}") is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static IEnumerable<string> TypesOf(JsonNode type) =>
        type is JsonArray several ? several.Select(one => one!.GetValue<string>()) : [type.GetValue<string>()]; // types are words

    private static string KindOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.ToJsonString().Contains('.', StringComparison.Ordinal) ? "number" : "integer",
        _ => "boolean",
    };
}
