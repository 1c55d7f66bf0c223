using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Lifecycle.People;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>The people in the data: finding one, erasing what is about them, and replacing answers by pseudonyms.</summary>
internal static class PeopleInDataApi
{
    /// <summary>Maps the routes below <c>/projects/{projectId}</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var project = api.MapGroup("/projects/{projectId:long}").WithTags("People in the data");
        project.MapPost("/person-search", FindAsync)
            .Declare("findPerson", "Find the submissions that name a person, in the trash and in earlier versions too", Permission.SubmissionErase)
            .Refuses(404, "form.not_found")
            .Refuses(422, "person.text", "person.no_questions");
        project.MapGet("/rewrites", ListAsync)
            .Declare("listRewrites", "List orders to mask or pseudonymise answers, and how far each has come", Permission.SubmissionErase);
        var form = api.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("People in the data").Refuses(404, "form.not_found");
        form.MapGet("/questions", QuestionsAsync)
            .Declare("listQuestions", "List the questions of a form in all its published versions", Permission.SubmissionErase);
        form.MapPost("/erasure", EraseAsync)
            .Declare("eraseSubmissions", "Erase submissions for good, or take answers out of all their versions", Permission.SubmissionErase)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "submission.not_found")
            .Refuses(409, "hold.active")
            .Refuses(422, "lifecycle.reason", "lifecycle.confirm", "lifecycle.none_chosen", "lifecycle.too_many", "rewrite.question")
            .Refuses(503, "lifecycle.ordered");
        form.MapPost("/pseudonymisation/preview", PreviewAsync)
            .Declare("previewPseudonymisation", "Show on 20 submissions what their answers would become; changes nothing", Permission.SubmissionErase)
            .Refuses(422, "rewrite.question", "rewrite.method");
        form.MapPost("/pseudonymisation", PseudonymiseAsync)
            .Declare("pseudonymise", "Replace answers of all submissions in place, in every version; nothing brings them back", Permission.SubmissionErase)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "hold.active")
            .Refuses(422, "rewrite.question", "rewrite.method", "lifecycle.confirm", "lifecycle.too_many")
            .Refuses(503, "lifecycle.ordered");
    }

    private static async Task<FoundPeople> FindAsync(ProjectCall call, JsonBody<PersonSearch> body, FindPerson find)
    {
        var wanted = await body.ReadAsync();
        var forms = (wanted.Forms ?? []).Select(form => new QuestionsOfForm(form.FormId ?? "", form.Paths ?? [])).ToList();
        return await find.RunAsync(call.Actor, call.Project, new PersonWanted(wanted.Text, wanted.IsExact ?? false, forms), call.Aborted);
    }

    private static async Task<ItemList<RewriteItem>> ListAsync(ProjectCall call, ListRewrites list, AccountQueries accounts)
    {
        var all = await list.RunAsync(call.Actor, call.Project.Id, call.Aborted);
        var names = await accounts.NamesAsync(all.Select(row => row.ByActor.Value).Distinct(), call.Aborted);
        return ItemList.Of(all, row => RewriteItem.Of(row, names));
    }

    private static async Task<ItemList<QuestionKind>> QuestionsAsync(FormCall call, Policy policy, RewriteQuestions questions)
    {
        await policy.RequireAsync(call.Actor, Permission.SubmissionErase, Kernel.Scope.Of(call.Project.Id), call.Aborted);
        return ItemList.Of(await questions.ListAsync(call.Project, call.FormId, call.Aborted), question => question);
    }

    private static async Task<ReportCounts> EraseAsync(FormCall call, JsonBody<NewPersonErasure> body, ErasePerson erase)
    {
        var wanted = await body.ReadAsync();
        return await erase.RunAsync(
            call.Actor, call.Project, call.FormId, wanted.InstanceIds ?? [], wanted.Questions, wanted.Confirm, wanted.Reason, call.Aborted);
    }

    private static async Task<RewritePreview> PreviewAsync(FormCall call, JsonBody<NewPseudonyms> body, PreviewPseudonyms preview) =>
        await preview.RunAsync(call.Actor, call.Project, call.FormId, MethodsOf(await body.ReadAsync()), call.Aborted);

    private static async Task<RewriteItem> PseudonymiseAsync(FormCall call, JsonBody<NewPseudonyms> body, Pseudonymise pseudonymise, AccountQueries accounts)
    {
        var wanted = await body.ReadAsync();
        var row = await pseudonymise.RunAsync(
            call.Actor, call.Project, call.FormId, MethodsOf(wanted), wanted.NewestOnly ?? false, wanted.Confirm, call.Aborted);
        return RewriteItem.Of(row, await accounts.NamesAsync([row.ByActor.Value], call.Aborted));
    }

    private static List<AnswerMethod> MethodsOf(NewPseudonyms wanted) =>
        [.. (wanted.Questions ?? []).Select(question => new AnswerMethod(question.Path ?? "", question.Method ?? "", question.Step))];
}

/// <summary>Whom to look for.</summary>
/// <param name="Text">2 to 200 characters of what names the person; written down nowhere.</param>
/// <param name="IsExact">Whether the whole answer must be that; capitals do not matter. Default: false.</param>
/// <param name="Forms">Where to look.</param>
internal sealed record PersonSearch(string? Text, bool? IsExact, IReadOnlyList<SearchedForm>? Forms);

/// <summary>A form to look in.</summary>
/// <param name="Paths">Questions, below the root of the instance.</param>
internal sealed record SearchedForm(string? FormId, IReadOnlyList<string>? Paths);

/// <summary>Submissions to be erased, or answers to be taken out of them.</summary>
/// <param name="InstanceIds">Which submissions; at most 100.</param>
/// <param name="Questions">Paths of the answers to take out; null erases the submissions whole.</param>
/// <param name="Confirm">How many submissions they are, typed by hand.</param>
/// <param name="Reason">Why; kept sealed. Name no person.</param>
internal sealed record NewPersonErasure(IReadOnlyList<string>? InstanceIds, IReadOnlyList<string>? Questions, long? Confirm, string? Reason);

/// <summary>What becomes of the answers to a question.</summary>
/// <param name="Path">The question, below the root of the instance.</param>
/// <param name="Method"><c>drop</c>, <c>hash</c>, <c>pseudonym</c>, <c>month</c>, <c>year</c>, <c>band</c> or <c>place</c>.</param>
/// <param name="Step">The width of a band, or the decimals of a place that stay.</param>
internal sealed record NewPseudonym(string? Path, string? Method, int? Step);

/// <summary>Answers to be replaced.</summary>
/// <param name="Questions">1 to 200 questions.</param>
/// <param name="NewestOnly">Whether earlier versions stay as they are. Default: false, they are replaced too.</param>
/// <param name="Confirm">How many submissions it touches, typed by hand; not needed for a preview.</param>
internal sealed record NewPseudonyms(IReadOnlyList<NewPseudonym>? Questions, bool? NewestOnly, long? Confirm);

/// <summary>An order to rewrite answers.</summary>
/// <param name="Kind"><c>mask</c> or <c>pseudonymise</c>.</param>
/// <param name="Left">Submissions that were left: on hold, encrypted on the phone, or damaged.</param>
/// <param name="FinishedAt">When it was done; null while it goes on.</param>
internal sealed record RewriteItem(
    Guid Id, string Kind, PersonItem By, DateTimeOffset BegunAt, long Submissions, long Versions, long Answers, long Files, long Left, DateTimeOffset? FinishedAt)
{
    /// <summary>Shows one.</summary>
    public static RewriteItem Of(RewriteRow row, IReadOnlyDictionary<long, string> names) => new(
        row.Id,
        row.Kind,
        new PersonItem(row.ByActor.Value, names.GetValueOrDefault(row.ByActor.Value, "")),
        row.BegunAt,
        row.Submissions,
        row.Versions,
        row.Answers,
        row.Files,
        row.LeftAlone,
        row.FinishedAt);
}
