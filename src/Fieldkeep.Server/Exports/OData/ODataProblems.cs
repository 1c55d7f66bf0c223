using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>What can be wrong with a request for a feed; numbers as ODK Central gives them.</summary>
internal static class ODataProblems
{
    public static ProblemException NotFound() => new(
        "odata.not_found", 404, "The form has no such table. The service document lists those it has.")
    { CentralCode = 404.1m };

    public static ProblemException UnknownProperty(string name) => new(
        "odata.unknown_property", 400, $"“$select” names “{Shorten(name)}”, which the table does not have; “$metadata” lists what it has.")
    { CentralCode = 400.23m };

    public static ProblemException SelectInRepeat(string name) => new(
        "odata.select_in_repeat",
        400,
        $"“$select” names “{Shorten(name)}” inside a repeat. Select it in the repeat's own table, or select the repeat as a whole.")
    { CentralCode = 400.24m };

    public static ProblemException NoNumber(string name) => new(
        "odata.not_a_number", 400, $"“{name}” must be a whole number of 0 or more.")
    { CentralCode = 400.11m };

    public static ProblemException NoFlag(string name) => new(
        "odata.not_a_flag", 400, $"“{name}” must be true or false.")
    { CentralCode = 400.11m };

    public static ProblemException BadSkipToken() => new(
        "odata.bad_skiptoken", 400, "“$skiptoken” was not given by this table. Follow “@odata.nextLink” unchanged, or begin without it.")
    { CentralCode = 400.35m };

    public static ProblemException Unsupported(string feature) => new(
        "odata.unsupported",
        501,
        $"“{Shorten(feature)}” is not supported. Supported are $top, $skip, $skiptoken, $count, $filter, $select, $orderby, $expand=*, $wkt and $format.")
    { CentralCode = 501.1m };

    public static ProblemException UnsupportedOrder(string order) => new(
        "odata.unsupported_order",
        501,
        $"“$orderby” is “{Shorten(order)}”. Submissions can be ordered by one of __system/submissionDate, updatedAt, submitterId and reviewState, asc or desc; repeats keep the form's order.")
    { CentralCode = 501.5m };

    public static ProblemException UnsupportedExpand(string expand) => new(
        "odata.unsupported_expand", 501, $"“$expand” is “{Shorten(expand)}”; only “$expand=*”, which expands every repeat, is supported.")
    { CentralCode = 501.6m };

    public static ProblemException SelectWithExpand() => new(
        "odata.select_with_expand", 501, "“$select” and “$expand” cannot be used together. Expand everything, or select in each table.")
    { CentralCode = 501.11m };

    public static ProblemException NotAcceptable(string asked, string given) => new(
        "odata.not_acceptable", 406, $"This address answers with {given}, not with “{Shorten(asked)}”.")
    { CentralCode = 406.1m };

    public static ProblemException OldVersion(string version) => new(
        "odata.old_version", 404, $"The request takes at most OData {Shorten(version)}; this server speaks OData 4.0.")
    { CentralCode = 404.1m };

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
