using System.Text.Json;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Maps;

/// <summary>The questions of one form version that ask for places.</summary>
internal sealed class GeoFields
{
    private readonly XForm _form;
    private readonly Dictionary<string, DataType> _types = new(StringComparer.Ordinal);
    private readonly string? _first;

    /// <summary>Collects them.</summary>
    public GeoFields(XForm form)
    {
        _form = form;
        _first = Collect(form.Root, isRepeated: false);
    }

    /// <summary>Writes the places of an instance as one feature; false when it has none at the fields asked for.</summary>
    /// <param name="paths">Paths below the root; empty for the first place that is asked for outside of repeats.</param>
    /// <exception cref="XForms.Instances.InstanceException">The answers are no readable instance.</exception>
    public bool TryWrite(Utf8JsonWriter json, string id, ReadOnlySpan<byte> xml, IReadOnlyList<string> paths)
    {
        var wanted = paths.Count > 0 ? paths : FirstAlone();
        if (!wanted.Any(_types.ContainsKey))
        {
            return false;
        }

        var nodes = InstanceTree.Read(xml, _form).ListAll()
            .Where(node => node.Value is { Length: > 0 } && wanted.Contains(node.Path) && _types.ContainsKey(node.Path)).ToList();
        var found = nodes.Select(node => GeoPlace.Read(node.Value ?? "", _types[node.Path])).OfType<GeoPlace>().ToList();
        if (found.Count == 0)
        {
            return false;
        }

        Write(json, id, found, paths.Count > 0 ? null : _first, nodes.Max(node => node.Radius));
        return true;
    }

    private IReadOnlyList<string> FirstAlone() => _first is null ? [] : [_first];

    private static void Write(Utf8JsonWriter json, string id, List<GeoPlace> found, string? path, double? radius)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "Feature"u8);
        json.WriteString("id"u8, id);
        json.WritePropertyName("geometry"u8);
        if (found.Count == 1)
        {
            found[0].Write(json);
        }
        else
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "GeometryCollection"u8);
            json.WriteStartArray("geometries"u8);
            found.ForEach(geometry => geometry.Write(json));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WritePropertyName("properties"u8);
        if (path is null && radius is null)
        {
            json.WriteNullValue();
        }
        else
        {
            WriteProperties(json, path, radius);
        }

        json.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter json, string? path, double? radius)
    {
        json.WriteStartObject();
        if (path is not null)
        {
            json.WriteString("fieldpath"u8, path);
        }

        if (radius is { } metres)
        {
            json.WriteBoolean("_masked"u8, true);
            json.WriteNumber("radius"u8, metres);
        }

        json.WriteEndObject();
    }

    // Gives the first one outside of repeats.
    private string? Collect(FormElement element, bool isRepeated)
    {
        string? first = null;
        foreach (var child in element.Children)
        {
            if (child is QuestionElement { DataType: DataType.Geopoint or DataType.Geotrace or DataType.Geoshape } question)
            {
                var path = question.Path[_form.Root.Path.Length..];
                _types[path] = question.DataType;
                first ??= isRepeated ? null : path;
            }

            var below = Collect(child, isRepeated || child is RepeatElement);
            first ??= below;
        }

        return first;
    }
}
