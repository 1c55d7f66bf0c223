using System.Collections.Frozen;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Dialects;

/// <summary>What to write in place of a type that XLSForm does not have.</summary>
/// <param name="Instead">The type to write; null when the row is best deleted.</param>
/// <param name="Advice">The same as a sentence.</param>
internal sealed record TypeInstead(string? Instead, string Advice);

/// <summary>Knows the types of other tools, and those beginners try, and what does the same in XLSForm.</summary>
internal static class ForeignTypes
{
    private static readonly FrozenDictionary<string, TypeInstead> Known = new Dictionary<string, TypeInstead>(StringComparer.Ordinal)
    {
        // SurveyCTO
        ["caseid"] = new("select_one_from_file cases.csv",
            "It is SurveyCTO's case management. Let the enumerator choose the case from an entity list or an attached file: " +
            "select_one_from_file cases.csv; or delete the row."),
        ["calculate_here"] = new("calculate",
            "Write calculate, and in the column “trigger” the question after which SurveyCTO would calculate it: ${question}."),
        ["audio audit"] = new("background-audio",
            "Write background-audio, which records the whole interview and not a part of it, or delete the row."),
        ["speed violations count"] = Delete("An audit row logs the time spent on each question"),
        ["speed violations list"] = Delete("An audit row logs the time spent on each question"),
        ["speed violations audit"] = Delete("An audit row logs the time spent on each question"),
        ["sensor_statistic"] = Delete("Phones give no sensor readings to ODK forms"),
        ["sensor_stream"] = Delete("Phones give no sensor readings to ODK forms"),
        ["comments"] = new("text", "Ask for a comment with a question of type text, or delete the row."),
        ["enumerator"] = new("username", "Write username, which notes who is signed in, or select_one with a list of names."),

        // Community Health Toolkit
        ["tel"] = new("text", "Write text, with numbers in the column “appearance” and, to check the number, a constraint such as regex(., '^[+0-9]{8,15}$')."),

        // ODK-X
        ["assign"] = new("calculate", "ODK-X sets a value here. Write calculate, with the expression in the column “calculation”."),
        ["linked_table"] = new("begin_repeat",
            "ODK-X fills rows of another table here. Write a repeat (begin_repeat … end_repeat), or a form of its own that reads an entity list."),
        ["user_branch"] = new("select_one LIST", "Ask with select_one LIST, and put relevant on the groups that follow."),

        // KoboToolbox
        ["begin_score"] = new("begin_group",
            "Kobo's rating is a group of questions. Write begin_group with appearance table-list, inside it select_one LIST for each score__row, " +
            "then end_group; LIST is the name in kobo--score-choices."),
        ["score__row"] = new("select_one LIST", "Write select_one LIST; LIST is the name in kobo--score-choices of the begin_score row."),
        ["end_score"] = new("end_group", "Write end_group."),
        ["begin_rank"] = new("rank LIST",
            "Write one row rank LIST in place of begin_rank … end_rank; LIST is the name in kobo--rank-items."),
        ["rank__level"] = Delete("One row rank LIST asks for the whole order"),
        ["end_rank"] = Delete("One row rank LIST asks for the whole order"),
        ["begin_kobomatrix"] = new("begin_group",
            "Kobo's matrix is a group for each row of its list. Write begin_loop over LIST … end_loop, where LIST is the name in kobo--matrix_list, or the " +
            "groups one by one."),
        ["end_kobomatrix"] = new("end_loop", "Write end_loop, or end_group, as the row that begins it."),

        // Other tools, and guesses
        ["numeric"] = Number(),
        ["number"] = Number(),
        ["float"] = new("decimal", "Write decimal."),
        ["double"] = new("decimal", "Write decimal."),
        ["currency"] = new("decimal", "Write decimal."),
        ["boolean"] = YesNo(),
        ["bool"] = YesNo(),
        ["yes_no"] = YesNo(),
        ["yesno"] = YesNo(),
        ["dropdown"] = new("select_one LIST", "Write select_one LIST, and minimal in the column “appearance”."),
        ["radio"] = new("select_one LIST", "Write select_one LIST."),
        ["select"] = new("select_one LIST", "Write select_one LIST or select_multiple LIST."),
        ["checkbox"] = new("select_multiple LIST", "Write select_multiple LIST."),
        ["checkboxes"] = new("select_multiple LIST", "Write select_multiple LIST."),
        ["multiselect"] = new("select_multiple LIST", "Write select_multiple LIST."),
        ["likert"] = new("select_one LIST", "Write select_one LIST, and likert in the column “appearance”."),
        ["textarea"] = new("text", "Write text, and multiline in the column “appearance”."),
        ["longtext"] = new("text", "Write text, and multiline in the column “appearance”."),
        ["paragraph"] = new("text", "Write text, and multiline in the column “appearance”."),
        ["phone"] = new("text", "Write text, and numbers in the column “appearance”."),
        ["url"] = new("text", "Write text."),
        ["signature"] = new("image", "Write image, and signature in the column “appearance”."),
        ["draw"] = new("image", "Write image, and draw in the column “appearance”."),
        ["picture"] = new("image", "Write image."),
        ["qrcode"] = new("barcode", "Write barcode."),
        ["qr"] = new("barcode", "Write barcode."),
        ["slider"] = new("range", "Write range, and start=0 end=10 step=1 in the column “parameters”."),
        ["year"] = new("date", "Write date, and year in the column “appearance”."),
        ["month"] = new("date", "Write date, and month-year in the column “appearance”."),
        ["header"] = new("note", "Write note."),
        ["info"] = new("note", "Write note."),
        ["section"] = new("begin_group", "Write begin_group, and end_group after its last question."),
        ["formula"] = new("calculate", "Write calculate, with the expression in the column “calculation”."),
        ["set form title"] = new(null, "Write the title on the sheet “settings”, in the column form_title, and delete the row."),
        ["set form id"] = new(null, "Write the id on the sheet “settings”, in the column form_id, and delete the row."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Finds what to write in place of a type; null when nothing is known of it.</summary>
    public static TypeInstead? Find(SurveyRow row, string type, FormDialect? dialect)
    {
        var space = type.IndexOf(' ', StringComparison.Ordinal);
        var first = space < 0 ? type : type[..space];
        var known = Known.GetValueOrDefault(type) ?? (DialectMarks.OfType(type) is null ? null : Known.GetValueOrDefault(first));
        return type.StartsWith("db:", StringComparison.Ordinal) ? Contact(type)
            : known ?? (dialect == FormDialect.OdkX ? OdkX(row, type) : Known.GetValueOrDefault(type.ToLowerInvariant()));
    }

    private static TypeInstead Contact(string type)
    {
        // db:clinic:extra is not known to exist, but costs nothing to read.
        var kind = type["db:".Length..].Split(':')[0];
        return new(
            $"select_one_from_file {kind}.csv",
            $"It picks a {kind} of the Community Health Toolkit. Let the enumerator choose from an entity list or an attached file: " +
            $"select_one_from_file {kind}.csv; or ask for the id with text.");
    }

    /// <summary>ODK-X names the list in a column of its own, and lets each form define further types.</summary>
    private static TypeInstead OdkX(SurveyRow row, string type)
    {
        var list = row.Value("values_list") is { } name && !name.Any(char.IsWhiteSpace) ? name : "LIST";
        if (type.StartsWith("select_multiple", StringComparison.Ordinal))
        {
            return Select($"select_multiple {list}");
        }

        if (type.StartsWith("select_one", StringComparison.Ordinal))
        {
            return Select($"select_one {list}" + (type.EndsWith("with_other", StringComparison.Ordinal) ? " or_other" : ""));
        }

        return type.StartsWith("linked_table", StringComparison.Ordinal)
            ? Known["linked_table"]
            : new(null, "The sheet “prompt_types” of ODK-X may define it; in an XLSForm use one of its own types: text, integer, select_one LIST, date, …");
    }

    private static TypeInstead Select(string type) => new(type, $"Write {type}: the list stands in the type and not in values_list.");

    private static TypeInstead Delete(string reason) => new(null, $"{reason}. Delete the row.");

    private static TypeInstead Number() => new("integer", "Write integer for whole numbers, decimal for others.");

    private static TypeInstead YesNo() => new("select_one yes_no", "Write select_one yes_no, with a list yes_no on the sheet “choices”.");
}
