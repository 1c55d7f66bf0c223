using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace Fieldkeep.Server.Wire.OpenApi;

/// <summary>Makes schemas say what the wire does: instants are text, enums are text, and which members are always there.</summary>
internal sealed class WireSchemas(EndpointDataSource addresses) : IOpenApiSchemaTransformer
{
    private readonly Lazy<HashSet<Type>> _bodies = new(() =>
        [.. addresses.Endpoints.SelectMany(address => address.Metadata.OfType<IAcceptsMetadata>()).Select(body => body.RequestType).OfType<Type>()]);

    /// <summary>Completes one schema.</summary>
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(DateTimeOffset))
        {
            schema.Type = plain == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        }
        else if (plain.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
        }
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && context.JsonPropertyInfo is null)
        {
            Require(schema, context.JsonTypeInfo, _bodies.Value.Contains(type));
        }

        return Task.CompletedTask;
    }

    // An answer has all its members, a body those that have neither a default nor null.
    private static void Require(OpenApiSchema schema, JsonTypeInfo type, bool isBody)
    {
        foreach (var member in type.Properties.Where(Has<JsonIgnoreAttribute>))
        {
            // Left out when it is null, so it is never null.
            NeverNull(schema, member.Name);
        }

        var required = type.Properties
            .Where(member => schema.Properties?.ContainsKey(member.Name) == true)
            .Where(member => isBody ? IsNeeded(type.Type, member) : IsAlwaysWritten(member))
            .Select(member => member.Name);
        schema.Required = new SortedSet<string>(required, StringComparer.Ordinal);
        foreach (var name in isBody ? [.. schema.Required] : Array.Empty<string>())
        {
            NeverNull(schema, name);
        }
    }

    private static void NeverNull(OpenApiSchema schema, string member)
    {
        if (schema.Properties?.TryGetValue(member, out var known) == true && known is OpenApiSchema { Type: { } kind } found)
        {
            found.Type = kind & ~JsonSchemaType.Null;
        }
    }

    private static bool IsNeeded(Type body, JsonPropertyInfo member) =>
        Has<RequiredAttribute>(member)
        || (!member.IsGetNullable
            && body.GetConstructors()
                .SelectMany(constructor => constructor.GetParameters())
                .Any(parameter => !parameter.HasDefaultValue && string.Equals(parameter.Name, member.Name, StringComparison.OrdinalIgnoreCase)));

    private static bool IsAlwaysWritten(JsonPropertyInfo member) =>
        !Has<OnlyExtendedAttribute>(member) && !Has<JsonIgnoreAttribute>(member);

    private static bool Has<TAttribute>(JsonPropertyInfo member)
        where TAttribute : Attribute => member.AttributeProvider?.IsDefined(typeof(TAttribute), inherit: true) == true;
}
