using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>
/// Sends whoever asks for a submission by the id of a later version to that version, as ODK Central does: the id an edit was sent with is
/// all that its sender knows.
/// </summary>
internal static class LaterVersions
{
    /// <summary>Makes an address below <c>submissions/{instanceId}</c> answer 301 for the id of a later version.</summary>
    /// <param name="ending">What follows the id in the address: <c>.xml</c>, <c>/attachments</c>, or nothing.</param>
    public static RouteHandlerBuilder RedirectsLaterVersions(this RouteHandlerBuilder route, string ending) => route
        .AnswersEmpty(StatusCodes.Status301MovedPermanently)
        .AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (ProblemException problem) when (problem.Code == SubmissionProblems.NotFoundCode)
            {
                // Whoever may not read here was refused before anything was looked for.
                if (await FindAsync(context.HttpContext, ending) is { } address)
                {
                    return Results.Redirect(address, permanent: true);
                }

                throw;
            }
        });

    private static async Task<string?> FindAsync(HttpContext http, string ending)
    {
        var call = await FormCall.BindAsync(http);
        var find = http.RequestServices.GetRequiredService<FindSubmissions>();
        var set = await find.RunAsync(
            call.Actor, Permission.SubmissionRead, call.Project, call.FormId, call.IsDraft, call.Aborted);
        var version = ValueOf(http, "instanceId");
        var submissions = http.RequestServices.GetRequiredService<SubmissionQueries>();
        if (await submissions.FindFirstIdAsync(set, version, call.Aborted) is not { } first)
        {
            return null;
        }

        var form = $"/v1/projects/{call.Project.Id}/forms/{Uri.EscapeDataString(call.FormId)}{(call.IsDraft ? "/draft" : "")}";
        var name = ValueOf(http, "name") is { Length: > 0 } file ? $"/{Uri.EscapeDataString(file)}" : "";
        return $"{form}/submissions/{Uri.EscapeDataString(first)}/versions/{Uri.EscapeDataString(version)}{ending}{name}{http.Request.QueryString}";
    }

    private static string ValueOf(HttpContext http, string name) => http.Request.RouteValues[name] as string ?? "";
}
