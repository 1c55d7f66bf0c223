using Fieldkeep.Server.Access;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Declares what is the same for a submission and for each of its versions.</summary>
internal static class SubmissionDeclarations
{
    /// <summary>It gives a submission as JSON.</summary>
    public static RouteHandlerBuilder ShowsSubmission(this RouteHandlerBuilder route, string id, string summary) =>
        route.Declare(id, summary, Permission.SubmissionRead).Refuses(500, "submission.damaged");

    /// <summary>It gives a submission's XML.</summary>
    public static RouteHandlerBuilder SendsInstance(this RouteHandlerBuilder route, string id, string summary) =>
        route.ShowsSubmission(id, summary).SendsFile("application/xml");

    /// <summary>It gives one of its files.</summary>
    public static RouteHandlerBuilder SendsAnswerFile(this RouteHandlerBuilder route, string id, string summary) =>
        route.ShowsSubmission(id, summary).Refuses(404, "submission.no_such_file", "submission.file_missing").SendsFile("*/*");
}
