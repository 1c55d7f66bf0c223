using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Fieldkeep.Server.Wire.OData;

/// <summary>The service document: the tables of a feed.</summary>
internal sealed record ServiceDocument(
    [property: JsonPropertyName("@odata.context")] string Context, IReadOnlyList<ServiceTable> Value);

/// <summary>A table of a feed.</summary>
/// <param name="Kind">Always <c>EntitySet</c>.</param>
/// <param name="Url">Relative to the service document.</param>
internal sealed record ServiceTable(string Name, string Kind, string Url);

/// <summary>Rows of a table. They are written one by one, so this says only what they look like.</summary>
/// <param name="Count">Rows there are in all; absent unless asked for.</param>
/// <param name="NextLink">The next page; absent on the last one.</param>
internal sealed record ODataPage(
    [property: JsonPropertyName("@odata.context")] string Context,
    IReadOnlyList<JsonObject> Value,
    [property: JsonPropertyName("@odata.count"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Count,
    [property: JsonPropertyName("@odata.nextLink"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NextLink);
