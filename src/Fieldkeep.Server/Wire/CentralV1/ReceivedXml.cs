using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Takes a submission that is the whole body of a request, stores it, and shows it as Central does.</summary>
internal sealed class ReceivedXml(
    ReceiveSubmission receive, SubmissionQueries submissions, FindRowLimits rows, AccountQueries accounts, SubmissionLimits limits)
{
    private const int MostCharacters = 255;

    /// <summary>Stores the instance; the answer says what is stored then.</summary>
    /// <exception cref="ProblemException">The problems of <see cref="ReceiveSubmission"/>; <c>submission.exists</c>.</exception>
    public async Task<SubmissionV1> StoreAsync(FormCall call, SubmissionTarget target, CentralQuery query)
    {
        var http = call.Http;
        if (http.Request.ContentLength > limits.MaxInstanceBytes)
        {
            BodyReader.Allow(http, null);
            throw SubmissionProblems.TooLarge("The filled form", limits.MaxInstanceBytes);
        }

        BodyReader.Allow(http, limits.MaxInstanceBytes + 1);
        var sender = SenderOf(http);
        var received = await receive.RunAsync(call.Actor, target, OnePart(http.Request), sender, call.Aborted);
        if (!received.IsNew && target.Intent == SubmissionIntent.New)
        {
            throw SubmissionProblems.Exists(received.InstanceId);
        }

        var set = new SubmissionSet(call.Project, received.Form.Form, call.FormId, target.IsDraft, await RowsAsync(call, target, received.Form.Form));
        var row = await submissions.GetAsync(set, target.EditOf ?? received.InstanceId, call.Aborted);
        var actors = await accounts.ActorsAsync([row.SubmitterId.Value], call.Aborted);
        return SubmissionV1.Of(
            row,
            submissions.SendersOf(call.Project, row),
            received.InstanceName,
            query,
            actors.GetValueOrDefault(row.SubmitterId.Value),
            received.Form.Version);
    }

    // Who edits what somebody else sent is told of it what they may see, and what they sent themselves they know.
    private async Task<RowLimits> RowsAsync(FormCall call, SubmissionTarget target, FormId form)
    {
        if (target.Intent != SubmissionIntent.Edit || target.IsDraft)
        {
            return RowLimits.All;
        }

        var seen = await rows.OfAsync(call.Actor, Permission.SubmissionRead, call.Project.Id, form, call.Aborted);
        return seen.IsAll ? seen : seen with { Seen = seen.Seen with { Own = call.Actor.Id } };
    }

    private static async IAsyncEnumerable<SubmissionPart> OnePart(HttpRequest request)
    {
        await Task.CompletedTask;
        yield return new SubmissionPart(SubmissionPart.InstanceName, null, request.ContentType, request.Body);
    }

    private static SenderFacts SenderOf(HttpContext http)
    {
        var device = http.Request.Query["deviceID"].ToString();
        var agent = http.Request.Headers.UserAgent.ToString();
        return new SenderFacts(
            device.Length is > 0 and <= MostCharacters ? device : null, agent.Length is > 0 and <= MostCharacters ? agent : null);
    }
}
