using System.Globalization;
using Fieldkeep.Server.Forms;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Answers with a form as a spreadsheet.</summary>
internal static class WorkbookAnswer
{
    /// <summary>Says where the file comes from: <c>upload</c>, or <c>xform</c> when it was made from the XForm.</summary>
    public const string OriginHeader = "X-Workbook-Origin";

    /// <summary>Says how many things a workbook made from the XForm says differently; its sheet <c>_export_notes</c> lists them.</summary>
    public const string NotesHeader = "X-Workbook-Notes";

    /// <summary>The media types an answer can have.</summary>
    public static readonly string[] Types =
    [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel", "text/csv", "text/markdown",
    ];

    /// <summary>Sends the file to be saved under the form's id.</summary>
    public static IResult Of(HttpContext http, string formId, GivenWorkbook workbook)
    {
        FileAnswer.NameIt(http, formId + workbook.Extension);
        http.Response.Headers[OriginHeader] = workbook.IsMadeFromXForm ? "xform" : "upload";
        if (workbook.IsMadeFromXForm)
        {
            http.Response.Headers[NotesHeader] = workbook.Notes.ToString(CultureInfo.InvariantCulture);
        }

        return Results.Bytes(workbook.Content, workbook.Extension switch
        {
            ".xlsx" => Types[0],
            ".xls" => Types[1],
            ".csv" => Types[2],
            _ => Types[3],
        });
    }
}
