using System.Collections.Frozen;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>
/// Knows the columns of each sheet and their other spellings. An alias stands for a path
/// such as <c>bind</c>, <c>relevant</c>.
/// </summary>
internal sealed class ColumnNames
{
    private readonly Dictionary<string, string> _usual = new(StringComparer.Ordinal);

    private ColumnNames(string[] known, (string Alias, string[] Path)[] aliases)
    {
        Aliases = aliases.ToFrozenDictionary(alias => alias.Alias, alias => alias.Path, StringComparer.Ordinal);
        Known = known.ToFrozenSet(StringComparer.Ordinal);
        foreach (var (alias, path) in aliases)
        {
            _usual.TryAdd(string.Join("::", path), alias);
        }
    }

    /// <summary>Columns of the survey sheet.</summary>
    public static ColumnNames Survey { get; } = new(
        ["name", "type", "label", "hint", "guidance_hint", "default", "choice_filter", "parameters", "trigger", "media",
            "bind", "control", "instance", "sms_field", "intent", "disabled", "hxl", "entity"],
        [
            ("label", ["label"]), ("caption", ["label"]),
            ("type", ["type"]), ("command", ["type"]),
            ("name", ["name"]), ("tag", ["name"]), ("value", ["name"]),
            ("relevant", ["bind", "relevant"]), ("relevance", ["bind", "relevant"]),
            ("required", ["bind", "required"]),
            ("required_message", ["bind", "jr:requiredMsg"]), ("requiredmsg", ["bind", "jr:requiredMsg"]),
            ("constraint", ["bind", "constraint"]),
            ("constraint_message", ["bind", "jr:constraintMsg"]),
            ("constraining_message", ["bind", "jr:constraintMsg"]),
            ("calculation", ["bind", "calculate"]), ("calculate", ["bind", "calculate"]),
            ("readonly", ["bind", "readonly"]), ("read_only", ["bind", "readonly"]),
            ("noapperrorstring", ["bind", "jr:noAppErrorString"]),
            ("no_app_error_string", ["bind", "jr:noAppErrorString"]),
            ("save_to", ["bind", "entities:saveto"]),
            ("confidential", ["bind", "fk:confidential"]),
            ("confidential_radius", ["bind", "fk:radius"]), ("confidential::radius", ["bind", "fk:radius"]),
            ("appearance", ["control", "appearance"]),
            ("count", ["control", "jr:count"]), ("repeat_count", ["control", "jr:count"]),
            ("jr:count", ["control", "jr:count"]),
            ("rows", ["control", "rows"]), ("autoplay", ["control", "autoplay"]),
            ("body", ["control"]),
            ("image", ["media", "image"]), ("big-image", ["media", "big-image"]),
            ("audio", ["media", "audio"]), ("video", ["media", "video"]),
            ("compact_tag", ["instance", "odk:tag"]),
        ]);

    /// <summary>Columns of the sheets choices, external_choices and osm.</summary>
    public static ColumnNames Choices { get; } = new(
        ["name", "label", "media", "sms_option", "list name"],
        [
            ("list_name", ["list name"]), ("value", ["name"]), ("caption", ["label"]),
            ("image", ["media", "image"]), ("big-image", ["media", "big-image"]),
            ("audio", ["media", "audio"]), ("video", ["media", "video"]),
        ]);

    /// <summary>Columns of the settings sheet.</summary>
    public static ColumnNames Settings { get; } = new(
        ["title", "id_string", "name", "version", "default_language", "style", "instance_name", "instance_id",
            "omit_instanceID", "public_key", "submission_url", "auto_send", "auto_delete", "client_editable",
            "namespaces", "attribute", "instance_xmlns", "prefix", "delimiter", "allow_choice_duplicates",
            "clean_text_values", "flat", "add_none_option", "sms_keyword", "sms_separator", "sms_allow_media",
            "sms_date_format", "sms_datetime_format", "sms_response"],
        [
            ("form_title", ["title"]), ("set_form_title", ["title"]),
            ("form_id", ["id_string"]), ("set_form_id", ["id_string"]),
        ]);

    /// <summary>Columns of the entities sheet.</summary>
    public static ColumnNames Entities { get; } = new(
        ["dataset", "entity_id", "create_if", "update_if", "repeat", "label"],
        [("list_name", ["dataset"])]);

    /// <summary>Columns of the choices sheet that may be written per language.</summary>
    public static IReadOnlyList<string> MediaKinds { get; } = ["image", "big-image", "audio", "video"];

    private FrozenDictionary<string, string[]> Aliases { get; }

    private FrozenSet<string> Known { get; }

    /// <summary>Resolves one header as typed to its path; unknown headers keep their own parts.</summary>
    /// <param name="header">The header cell.</param>
    /// <param name="isDoubleColon">True when the sheet separates parts by <c>::</c>.</param>
    /// <param name="isCanonical">True when the header is already spelled as its path.</param>
    public string[] Resolve(string header, bool isDoubleColon, out bool isCanonical)
    {
        isCanonical = true;
        if (Known.Contains(header) && !Aliases.ContainsKey(header))
        {
            return [header];
        }

        var snake = ToSnakeCase(header);
        if (Known.Contains(snake) && !Aliases.ContainsKey(snake))
        {
            isCanonical = snake == header;
            return [snake];
        }

        if (snake.Contains("::", StringComparison.Ordinal) && Aliases.TryGetValue(snake, out var whole))
        {
            isCanonical = false;
            return whole;
        }

        var parts = Split(header, isDoubleColon);
        var first = ToSnakeCase(parts[0]);
        if (Aliases.TryGetValue(first, out var target))
        {
            isCanonical = target.Length == 1 && target[0] == header;
            return [.. target, .. parts[1..]];
        }

        if (Known.Contains(first))
        {
            isCanonical = first == header;
            parts[0] = first;
            return parts;
        }

        return parts;
    }

    /// <summary>Says whether the first part of a path is a column of the sheet.</summary>
    public bool Knows(string root) => Known.Contains(root);

    /// <summary>Gives the usual header for a path, to name a column that is missing.</summary>
    public string UsualHeader(string path) => _usual.GetValueOrDefault(path, path);

    /// <summary>Joins the words of a header by underscores, in lower case.</summary>
    public static string ToSnakeCase(string text) =>
        string.Join('_', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();

    private static string[] Split(string header, bool isDoubleColon)
    {
        if (isDoubleColon)
        {
            return header.Split("::", StringSplitOptions.TrimEntries);
        }

        var parts = header.Split(':', StringSplitOptions.TrimEntries).ToList();
        for (var i = 0; i + 1 < parts.Count; i++)
        {
            if (parts[i] == "jr")
            {
                parts[i] = $"jr:{parts[i + 1]}";
                parts.RemoveAt(i + 1);
            }
        }

        return [.. parts];
    }
}
