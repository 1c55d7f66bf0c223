namespace Fieldkeep.Fuzz;

/// <summary>Holds what authors write into cells, and what nobody should.</summary>
internal static class SomeWords
{
    /// <summary>Types with parameters that fit them; <c>L</c> is a list, <c>E</c> an external one.</summary>
    public static readonly (string Type, string Parameters)[] Questions =
    [
        ("text", "rows=3"), ("integer", ""), ("decimal", ""), ("range", "start=1 end=11 step=2 tick_labelset=d"), ("range", "start=0 end=1 step=0.1"),
        ("date", ""), ("time", ""), ("dateTime", ""), ("geopoint", "capture-accuracy=5 warning-accuracy=10 allow-mock-accuracy=true"), ("geotrace", ""),
        ("geoshape", "incremental=true"), ("image", "max-pixels=1000"), ("image", "app=org.example.draw"), ("audio", "quality=low"), ("video", ""), ("file", ""),
        ("barcode", ""), ("note", ""), ("acknowledge", ""), ("trigger", ""), ("hidden", ""), ("osm t", ""), ("percentage", ""), ("phone number", ""),
        ("select_one l", "randomize=true, seed=3"), ("select_multiple l", ""), ("select_one k or_other", ""), ("rank l", ""), ("select one from k", ""),
        ("select_one_from_file f.csv", "value=a label=b"), ("select_multiple_from_file g.geojson", ""), ("select_one_external e", ""), ("csv-external", ""),
        ("xml-external", ""), ("start", ""), ("end", ""), ("today", ""), ("deviceid", ""), ("username", ""), ("simserial", ""), ("start-geopoint", ""),
        ("background-audio", "quality=voice-only"), ("background-geopoint", ""), ("audit", "identify-user=true track-changes=true"), ("calculate", ""),
    ];

    /// <summary>Types of other tools and mistyped ones.</summary>
    public static readonly string[] Foreign =
    [
        "caseid", "calculate_here", "text audit", "audio audit", "sensor_statistic pct_quiet", "speed violations count", "db:person", "db:", "tel", "assign",
        "linked_table", "select_one_with_other", "select_one", "select_multiple", "begin_score", "score__row", "end_score", "begin_kobomatrix", "numeric",
        "Text", "selct_one l", "include", "prefix", "form_id", "set form title", "begin_loop over k", "end loop", "begin group l", "lgroup",
    ];

    /// <summary>Columns of the survey sheet that hold one value.</summary>
    public static readonly string[] PlainColumns =
    [
        "required", "read_only", "default", "appearance", "choice_filter", "repeat_count", "save_to", "disabled", "autoplay", "hxl", "intent",
        "body::accuracyThreshold", "body:esri:style", "bind::odk:length", "bind::jr:preload", "instance::tag", "instance::odk:x", "noAppErrorString", "rows",
        "clause", "minimum_seconds", "publishable", "kobo--score-choices", "values_list", "_version_", "Notes for me",
    ];

    /// <summary>Columns of the survey sheet that may be written per language.</summary>
    public static readonly string[] TextColumns =
        ["label", "hint", "guidance_hint", "constraint_message", "required_message", "image", "audio", "video", "media::image", "media::audio"];

    /// <summary>Appearances of all kinds of questions.</summary>
    public static readonly string[] Appearances =
    [
        "minimal", "table-list", "field-list", "label", "list-nolabel", "autocomplete", "map", "likert", "columns-4", "search('f')", "search('f', 'matches', 'a', ${q1})",
        "signature", "numbers", "multiline", "quick", "no-ticks", "vertical picker", "select-contact type-person", "custom-plugin(x=1)", "w1 w2",
    ];

    /// <summary>Languages as authors write them.</summary>
    public static readonly string[] Languages = ["en", "fr", "English (en)", "Français (fr)", "العربية (ar)", "default", "xx-nonsense", ""];

    /// <summary>What breaks things: pieces of syntax, reserved words, characters of all kinds.</summary>
    public static readonly string[] Odd =
    [
        "${", "${}", "}", "${q1}", "${ q1 }", "${last-saved#q2}", "${last-saved#}", "${g1}${q2}", "${q1", "$q1", "${q1}${q1}${q1}", "a:b", ":", "-", ".", "..", "/", "//", "'", "\"",
        "<&>", "%(name)s", "%(label)s", "%", "%s", "instance('x')/y[${q1}]", "instance(", "indexed-repeat(${q1},${g1},1)", "indexed-repeat(${q1},${g1},1", "pulldata(", "pulldata('f','a','b',${q1})",
        "search('x')", "current()/../q1", "once(", "begin group", "end group", "begin repeat", "end repeat", "begin loop over l", "end loop", "begin_group", "end_group", "select_one", "select_one l",
        "select_one .csv", "select_one_from_file .csv", "select_one_from_file f.csv", "select_one ${", "select_one ${q1}", "rank l", "osm l", "osm ", "note", "calculate", "csv-external",
        "background-geopoint", "meta", "data", "instanceID", "instanceName", "entity", "label", "name", "xmlns", "xml:lang", "jr:template", "ref", "nodeset", "::", "label::", "::fr",
        "label::fr::x", "bind::", "bind::x::y::z", "bind::xmlns", "media::x", "media", "body", "body::", "instance", "instance::", "instance::xmlns", "jr:count", "yes", "no", "TRUE", "true()", "table-list",
        "\uD800", "\uDC00\uD800", "\u0000", "\u0001", "\u000B", "\u0085", "\uFFFE", "\uFFFF", "\uFEFF", "\u200B", "\u202Eabc", "\u2028", "\r", "\n", "\r\n", "\t", "\u00A0", "É", "é́", "١", "名前", "😀", "𐍈",
        "İ", "ß", "ﬁ", "0", "1e999", "-1", "NaN", "1.0", "99999999999999999999", "start==1", "a=b=c", "=", ";,", " ", "  ", "x#y#z", "#", "list_name", "list name", "type", "__x", "a.b", "people#x",
        "]]>", "<!--", "&amp;", "&#0;", "<output value='x'/>", "**bold**", "[x](javascript:1)", "=1+1", "|", "\\|", "\\", "“curly”", "‘’", "uuid()", "now()", "x-y", "x - y", "jr://images/a.png", "http://a/?b=c&d=e",
    ];
}
