using System.Buffers;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Organisations.People;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.XForms.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/units/{unitId}/members</c>: who belongs to a unit, with what they hold.</summary>
internal static class MembersApi
{
    private const int PeopleAtOnce = 100;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var members = api.MapGroup("/units/{unitId:long}/members").WithTags("People");
        members.MapGet("", ListAsync).Declare("listMembers", "List who belongs to a unit or to one below, with their roles", Permission.MemberList);
        members.MapPost("", AddAsync)
            .Declare("addMember", "Let somebody of the organisation belong to a unit too", Permission.MemberUpdate)
            .Refuses(403, "access.own_confidential")
            .Refuses(404, "member.not_found");
        members.MapPost("/import", ImportAsync)
            .Declare("importMembers", "Bring people in from a CSV file: all lines, or none when one must be mended", Permission.MemberUpdate)
            .Refuses(403, "session.confirmation_needed")
            .TakesFile(ImportSheet.MostBytes, "text/csv")
            .Refuses(413, "import.too_large")
            .Refuses(422, "import.encoding", "import.columns", "import.too_many")
            .Refuses(429, "invitation.too_many_letters");
        members.MapPost("/import-report", ReportAsync)
            .Declare("reportMemberImport", "Say as a CSV file what would become of each line of a CSV file of people", Permission.MemberUpdate)
            .TakesFile(ImportSheet.MostBytes, "text/csv")
            .SendsFile("text/csv")
            .Refuses(413, "import.too_large")
            .Refuses(422, "import.encoding", "import.columns", "import.too_many")
            .Refuses(429, "invitation.too_many_letters");
        var member = members.MapGroup("/{person:long}").Refuses(404, "member.not_found");
        member.MapGet("", GetAsync).Declare("getMember", "Read one of a unit's people, with their roles", Permission.MemberList);
        member.MapGet("/removal", GetRemovalAsync)
            .Declare("previewMemberRemoval", "Say what ends when somebody is removed from a unit", Permission.MemberUpdate);
        member.MapDelete("", RemoveAsync)
            .Declare("removeMember", "Remove somebody from a unit: all they hold there and below ends at once", Permission.MemberUpdate)
            .Refuses(409, "account.last_administrator");
    }

    private static async Task<MemberPage> ListAsync(
        Call call,
        long unitId,
        [Description("Only people whose name or address holds each of these words.")] string? q,
        [Description("The `next` of the page before.")] long? after,
        [Description("People at most. Default: 100."), Range(1, 1000)] int? limit,
        PeopleQueries people,
        MentionedNames places,
        RoleQueries roles)
    {
        var unit = new UnitId(unitId);
        var page = await people.ListAsync(call.Actor, unit, q, after, limit ?? PeopleAtOnce, call.Aborted);
        var names = await NamesAsync(call, page.Items, places);
        var own = await OwnNamesAsync(call, unit, roles);
        return new MemberPage([.. page.Items.Select(person => MemberItem.Of(person, names, own))], page.Next, page.All);
    }

    private static async Task<MemberItem> GetAsync(
        Call call, long unitId, long person, PeopleQueries people, MentionedNames places, RoleQueries roles, Policy policy, AccountFactors factors)
    {
        var found = await people.GetAsync(call.Actor, new UnitId(unitId), new ActorId(person), call.Aborted);
        var item = MemberItem.Of(found, await NamesAsync(call, [found], places), await OwnNamesAsync(call, new UnitId(unitId), roles));

        // Whoever may stop a reset sees that one waits.
        return found.HasSecondFactor && await policy.HasAsync(call.Actor, Permission.AccountUpdate, Scope.Installation, call.Aborted)
            ? item with { ResetDueAt = (await factors.OfAsync(found.Id, call.Aborted)).ResetDueAt }
            : item;
    }

    private static async Task<NoContent> AddAsync(Call call, long unitId, JsonBody<NewMember> body, AddMember add)
    {
        var wanted = await body.ReadAsync();
        await add.RunAsync(call.Actor, new UnitId(unitId), new ActorId(wanted.Person ?? 0), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<MemberRemoval> GetRemovalAsync(
        Call call, long unitId, long person, RemoveMember remove, MentionedNames places, RoleQueries roles)
    {
        var removal = await remove.PreviewAsync(call.Actor, new UnitId(unitId), new ActorId(person), call.Aborted);
        var scopes = removal.Grants.Select(row => row.Grant.Scope).Concat(removal.Units.Select(unit => new Scope(ScopeKind.Unit, unit)));
        var names = await places.ReadAsync(call.Actor, [.. scopes], [], call.Aborted);
        var own = await OwnNamesAsync(call, new UnitId(unitId), roles);
        return new MemberRemoval(
            [.. removal.Units.Select(unit => names.Of(new Scope(ScopeKind.Unit, unit)))],
            [.. removal.Grants.Select(row => HeldRoleItem.Of(row.Id, row.Grant, false, names, own))],
            removal.LeavesNothing,
            (int)removal.Ways.Sessions,
            (int)removal.Ways.Tokens,
            (int)removal.Ways.AppUsers);
    }

    private static async Task<NoContent> RemoveAsync(Call call, long unitId, long person, RemoveMember remove)
    {
        await remove.RunAsync(call.Actor, new UnitId(unitId), new ActorId(person), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<ImportResult> ImportAsync(
        Call call,
        long unitId,
        [Description("True to say only what would become of each line.")] bool? trial,
        Policy policy,
        ImportPeople import)
    {
        var file = await ReadAsync(call, unitId, policy);
        return ImportResult.Of(await import.RunAsync(call.Actor, new UnitId(unitId), file, trial ?? false, call.Aborted));
    }

    // What stands in a cell was written by a stranger: the writer disarms what a spreadsheet would take for a formula.
    private static async Task<FileContentHttpResult> ReportAsync(Call call, long unitId, Policy policy, ImportPeople import)
    {
        var file = await ReadAsync(call, unitId, policy);
        var report = await import.RunAsync(call.Actor, new UnitId(unitId), file, isTrial: true, call.Aborted);
        var bytes = new ArrayBufferWriter<byte>();
        var csv = new CsvWriter(bytes);
        foreach (var heading in (string[])["line", "name", "e-mail", "role", "unit", "result"])
        {
            csv.Write(heading);
        }

        csv.EndRow();
        foreach (var line in report.Lines)
        {
            csv.Write(line.Line.Line.ToString());
            csv.Write(line.Line.Name);
            csv.Write(line.Line.Email);
            csv.Write(line.Line.Role);
            csv.Write(line.Line.Unit);
            csv.Write(line.Outcome.ToString());
            csv.EndRow();
        }

        return TypedResults.File(bytes.WrittenSpan.ToArray(), "text/csv; charset=utf-8", "people.csv");
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Call call, long unitId, Policy policy)
    {
        // Nobody else may make us read much.
        await policy.RequireAsync(call.Actor, Permission.MemberUpdate, Scope.Of(new UnitId(unitId)), call.Aborted);
        return await BodyReader.ReadAsync(
            call.Http, ImportSheet.MostBytes, () => OrganisationProblems.ImportTooLarge(ImportSheet.MostBytes));
    }

    private static Task<KnownNames> NamesAsync(Call call, IReadOnlyList<Person> people, MentionedNames places)
    {
        var mentioned = people.SelectMany(person => person.Roles.Select(role => role.Grant.Scope)
            .Concat(person.Roles.Where(role => role.Grant.Subject.Kind == SubjectKind.Unit).Select(role => new Scope(ScopeKind.Unit, role.Grant.Subject.Id)))
            .Concat(person.Units.Select(unit => new Scope(ScopeKind.Unit, unit))));
        return places.ReadAsync(call.Actor, [.. mentioned], [], call.Aborted);
    }

    private static async Task<IReadOnlyDictionary<string, string>> OwnNamesAsync(Call call, UnitId unit, RoleQueries roles) =>
        (await roles.ListAsync(call.Actor, unit, call.Aborted)).Where(role => role.Name is not null)
        .ToDictionary(role => role.Role, role => role.Name ?? "");
}
