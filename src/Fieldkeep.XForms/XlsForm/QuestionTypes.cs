using System.Collections.Frozen;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Knows all survey types that are not selects, groups, repeats or loops.</summary>
internal static class QuestionTypes
{
    private static readonly FrozenDictionary<string, string> Rewritten = new Dictionary<string, string>(
        StringComparer.Ordinal)
    {
        ["imei"] = "deviceid",
        ["image"] = "photo",
        ["add image prompt"] = "photo",
        ["add photo prompt"] = "photo",
        ["add audio prompt"] = "audio",
        ["add video prompt"] = "video",
        ["add file prompt"] = "file",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, QuestionType> ByName = All()
        .SelectMany(entry => entry.Names.Select(name => KeyValuePair.Create(name, entry.Type)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All spellings, for suggestions.</summary>
    public static IEnumerable<string> Spellings => ByName.Keys;

    /// <summary>Rewrites the few spellings that count as another type before anything else is looked at.</summary>
    public static string Rewrite(string type) => Rewritten.GetValueOrDefault(type, type);

    /// <summary>Finds a type by any of its spellings, case-sensitively; null when unknown.</summary>
    public static QuestionType? Find(string type) => ByName.GetValueOrDefault(type);

    /// <summary>The type behind select_one and its other spellings.</summary>
    public static QuestionType SelectOne { get; } = new("select_one", "select1", ("type", "string"));

    /// <summary>The type behind select_multiple and its other spellings.</summary>
    public static QuestionType SelectMultiple { get; } = new("select_multiple", "select", ("type", "string"));

    /// <summary>The type behind rank.</summary>
    public static QuestionType Rank { get; } = new("rank", "odk:rank", ("type", "odk:rank"));

    /// <summary>The type behind select_one_external.</summary>
    public static QuestionType SelectOneExternal { get; } =
        new("select_one_external", "input", ("type", "string"));

    private static IEnumerable<(string[] Names, QuestionType Type)> All() =>
    [
        Input("string", "text", "string", "q string", "add text prompt"),
        Input("int", "integer", "int", "q int", "add integer prompt"),
        Input("decimal", "decimal", "q decimal", "add decimal prompt"),
        (["range"], new QuestionType("range", "range", ("type", "int"))),
        Input("date", "date", "q date", "add date prompt"),
        Input("time", "time"),
        Input("dateTime", "dateTime", "datetime", "date time", "q dateTime", "q date time", "add dateTime prompt",
            "add date time prompt"),
        Input("geopoint", "geopoint", "gps", "location", "q geopoint", "q location", "add location prompt"),
        Input("geotrace", "geotrace", "q geotrace"),
        Input("geoshape", "geoshape", "q geoshape"),
        Upload("image/*", "photo", "image", "add image prompt", "add photo prompt", "q image", "q picture"),
        Upload("audio/*", "audio", "add audio prompt", "q audio"),
        Upload("video/*", "video", "add video prompt", "q video"),
        Upload("application/*", "file", "add file prompt"),
        Upload("osm/*", "osm"),
        Input("barcode", "barcode", "q barcode", "add barcode prompt"),
        (["note", "q note", "add note prompt"],
            new QuestionType("note", "input", ("readonly", "true()"), ("type", "string"))),
        (["acknowledge", "q acknowledge", "add acknowledge prompt"],
            new QuestionType("acknowledge", "trigger", ("type", "string"))),
        (["trigger"], new QuestionType("trigger", "trigger")),
        (["calculate", "q calculate", "add calculate prompt"], Hidden("calculate", "string")),
        (["hidden"], Hidden("hidden", "string")),
        Preload("timestamp", "dateTime", "start", "start", "start time", "get start time"),
        Preload("timestamp", "dateTime", "end", "end", "end time", "get end time"),
        Preload("date", "date", "today", "today", "get today"),
        Preload("property", "string", "deviceid", "deviceid", "imei", "device id", "get device id"),
        Preload("property", "string", "phonenumber", "phonenumber", "get phone number"),
        Preload("property", "string", "username", "username"),
        Preload("property", "string", "email", "email"),
        Preload("property", "string", "simserial", "simserial", "sim id", "get sim id"),
        Preload("property", "string", "subscriberid", "subscriberid", "subscriber id", "get subscriber id"),
        Preload("property", "string", "uri:deviceid", "uri:deviceid"),
        Preload("property", "string", "uri:phonenumber", "uri:phonenumber"),
        Preload("property", "string", "uri:simserial", "uri:simserial"),
        Preload("property", "string", "uri:subscriberid", "uri:subscriberid"),
        Preload("property", "string", "uri:username", "uri:username"),
        Preload("property", "string", "uri:email", "uri:email"),
        (["start-geopoint"], Hidden("start-geopoint", "geopoint") with { Action = TypeAction.StartGeopoint }),
        (["background-geopoint"],
            new QuestionType("background-geopoint", "trigger", ("type", "geopoint"))
            {
                Action = TypeAction.BackgroundGeopoint,
            }),
        (["background-audio"], Hidden("background-audio", "binary") with { Action = TypeAction.BackgroundAudio }),
        (["audit"], Hidden("audit", "binary")),
        (["xml-external"], new QuestionType("xml-external", null)),
        (["csv-external"], new QuestionType("csv-external", null)),
        (["percentage"],
            new QuestionType("percentage", "input", ("type", "int"), ("constraint", "0 <= . and . <= 100"))),
        (["phone number"],
            new QuestionType("phone number", "input", ("type", "string"), ("constraint", @"regex(., '^\d*$')"))
            {
                Hint = "Enter numbers only.",
            }),
        Days("number of days in last month", 31),
        Days("number of days in last six months", 183),
        Days("number of days in last year", 365),
    ];

    private static (string[] Names, QuestionType Type) Input(string dataType, params string[] names) =>
        (names, new QuestionType(names[0], "input", ("type", dataType)));

    private static (string[] Names, QuestionType Type) Upload(string mediaType, params string[] names) =>
        (names, new QuestionType(names[0], "upload", ("type", "binary")) { MediaType = mediaType });

    private static QuestionType Hidden(string name, string dataType) => new(name, null, ("type", dataType));

    private static (string[] Names, QuestionType Type) Preload(
        string preload, string dataType, string parameter, params string[] names) =>
        (names,
            new QuestionType(
                names[0], null, ("jr:preload", preload), ("type", dataType), ("jr:preloadParams", parameter)));

    private static (string[] Names, QuestionType Type) Days(string name, int days) =>
        ([name],
            new QuestionType(name, "input", ("type", "int"), ("constraint", $"0 <= . and . <= {days}"))
            {
                Hint = $"Enter a number 0-{days}.",
            });
}
