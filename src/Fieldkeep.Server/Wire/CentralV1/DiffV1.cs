using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Submissions.History;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>One change between two versions of a submission, as Central's API shows it.</summary>
/// <param name="Path">Names on the way to it; a row of a repeat is a pair of its name and its number from 0.</param>
internal sealed record DiffV1(IReadOnlyList<JsonNode> Path)
{
    /// <summary>The answer now, or an object of answers; absent when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonNode? New { get; init; }

    /// <summary>The answer before, or an object of answers; absent when there was none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonNode? Old { get; init; }

    /// <summary>Shows a change.</summary>
    public static DiffV1 Of(AnswerChange change) => new([.. change.Path.Select(StepOf)])
    {
        New = change.New is { } now ? NodeOf(now) : null,
        Old = change.Old is { } old ? NodeOf(old) : null,
    };

    private static JsonNode StepOf(AnswerStep step) => step.Index is { } index
        ? new JsonArray(JsonValue.Create(step.Name), JsonValue.Create(index))
        : JsonValue.Create(step.Name);

    private static JsonNode NodeOf(AnswerValue value)
    {
        if (value.Text is { } text)
        {
            return JsonValue.Create(text);
        }

        var members = new JsonObject();
        foreach (var (name, nodes) in value.Members)
        {
            members[name] = value.Repeats.Contains(name) || nodes.Count > 1
                ? new JsonArray([.. nodes.Select(NodeOf)])
                : NodeOf(nodes[0]);
        }

        return members;
    }
}
