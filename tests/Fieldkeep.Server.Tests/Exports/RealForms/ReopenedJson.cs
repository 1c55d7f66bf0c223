using System.Text.Json;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>Compares nested objects with the instances they were made of.</summary>
internal sealed class ReopenedJson(AskedForm form, IReadOnlyList<GivenInstance> instances, bool splitSelects)
{
    /// <summary>Compares an array and the same as lines.</summary>
    public void Require(byte[] array, byte[] lines)
    {
        using var document = JsonDocument.Parse(array);
        var objects = document.RootElement.EnumerateArray().ToList();
        var apart = System.Text.Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(instances.Count, objects.Count);
        Assert.Equal(objects.Select(one => one.GetRawText()), apart);
        var wanted = instances.SelectMany(instance => instance.Rows)
            .SelectMany(row => row.Answers.Select(answer => ((row.Key, answer.Key), Shown(answer.Key, answer.Value)))).ToDictionary(one => one.Item1, one => one.Item2);
        var found = new Dictionary<(string, string), string>();
        foreach (var one in objects)
        {
            Collect(one.GetProperty("values"), one.GetProperty("instanceId").GetString() ?? "", "", "", found);
        }

        foreach (var place in wanted.Keys.Union(found.Keys))
        {
            Assert.True(wanted.GetValueOrDefault(place) == found.GetValueOrDefault(place), $"{place}: “{wanted.GetValueOrDefault(place)}” became “{found.GetValueOrDefault(place)}”.");
        }
    }

    // A list has no spaces of its own.
    private string Shown(string path, string answer) => splitSelects && form.Find(path)?.Type == "select"
        ? string.Join(' ', answer.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        : answer;

    private void Collect(JsonElement element, string key, string path, string step, Dictionary<(string, string), string> found)
    {
        foreach (var property in element.EnumerateObject())
        {
            var below = $"{path}/{property.Name}";
            var value = property.Value;
            if (value.ValueKind == JsonValueKind.Object)
            {
                Collect(value, key, below, $"{step}/{property.Name}", found);
            }
            else if (value.ValueKind != JsonValueKind.Array)
            {
                found.Add((key, below), value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : value.GetString() ?? "");
            }
            else if (form.IsRepeat(below))
            {
                var row = 0;
                foreach (var item in value.EnumerateArray())
                {
                    Collect(item, $"{key}{step}/{property.Name}[{++row}]", below, "", found);
                }
            }
            else
            {
                Assert.True(splitSelects && form.Find(below)?.Type == "select", $"{below} is an array.");
                found.Add((key, below), string.Join(' ', value.EnumerateArray().Select(one => one.GetString())));
            }
        }
    }
}
