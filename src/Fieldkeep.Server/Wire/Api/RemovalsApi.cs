using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Rights.Removal;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/account/removal</c> and what administrators do about the removal of accounts.</summary>
internal static class RemovalsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var own = api.MapGroup("/account/removal").WithTags("My account").Refuses(403, "session.needed");
        own.MapGet("", DescribeAsync).Declare("describeOwnRemoval", "Read what the removal of your account would do");
        own.MapPost("", RemoveAsync)
            .Declare("removeOwnAccount", "Remove your account: it ends at once, and can be given back until its grace is over")
            .Refuses(403, "project.suspended", "session.confirmation_needed")
            .Refuses(409, "account.last_administrator", "removal.waits")
            .Refuses(422, "removal.typed", "removal.choice");
        api.MapGet("/removals", ListAsync)
            .WithTags("Accounts")
            .Declare("listRemovals", "List the removals of accounts, newest first", Permission.AccountUpdate);
        api.MapPost("/removals/cancellation", CancelByLinkAsync)
            .WithTags("Accounts")
            .Declare("cancelRemovalByLink", "Get an account back by the link that its owner was sent")
            .CalledBy(CallerKind.Anonymous)
            .Refuses(404, "removal.not_found")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.limits_unavailable");
        var others = api.MapGroup("/accounts/{id:long}/removal").WithTags("Accounts").Refuses(403, "session.confirmation_needed");
        others.MapPost("", AskAsync)
            .Declare("askRemoval", "Ask for the removal of somebody's account, with a reason; another administrator has to agree", Permission.AccountUpdate)
            .Refuses(404, "account.not_found")
            .Refuses(409, "removal.waits", "removal.second_needed")
            .Refuses(422, "removal.reason");
        others.MapPost("/agreement", AgreeAsync)
            .Declare("agreeRemoval", "Agree to the removal of an account that another administrator asked for", Permission.AccountUpdate)
            .Refuses(404, "removal.not_found")
            .Refuses(409, "removal.second_needed", "removal.asker_gone", "account.last_administrator");
        others.MapDelete("", CancelAsync)
            .Declare("cancelRemoval", "Stop the removal of an account, or get it back while it waits; its owner is told", Permission.AccountUpdate)
            .Refuses(404, "removal.not_found")
            .Refuses(409, "removal.second_needed");
    }

    private static async Task<RemovalImpactItem> DescribeAsync(OwnCall call, DescribeRemoval describe) =>
        RemovalImpactItem.Of(await describe.RunAsync(call.Actor, call.Aborted));

    private static async Task<BegunRemovalItem> RemoveAsync(OwnCall call, JsonBody<OwnRemovalBody> body, RemoveOwnAccount remove)
    {
        var wanted = await body.ReadAsync();
        var choices = (wanted.Projects ?? []).Select(one => new ProjectChoice(one.Project, one.Choice ?? "", one.To)).ToList();
        var due = await remove.RunAsync(call.Actor, wanted.Email, choices, call.Aborted);
        SessionCookie.Clear(call.Http);
        return new BegunRemovalItem(due);
    }

    private static async Task<ItemList<RemovalItem>> ListAsync(Call call, Policy policy, RemovalRows rows, AccountQueries accounts)
    {
        await policy.RequireAsync(call.Actor, Permission.AccountUpdate, Scope.Installation, call.Aborted);
        var all = await rows.ListAsync(call.Aborted);
        var names = await accounts.NamesAsync(all.SelectMany(row => new[] { row.ActorId, row.AskedBy, row.AgreedBy ?? row.ActorId }), call.Aborted);
        return ItemList.Of(all, row => RemovalItem.Of(row, rows.ReasonOf(row), names));
    }

    private static async Task<NoContent> CancelByLinkAsync(HttpContext http, JsonBody<CancelRemovalBody> body, CancelRemoval cancel)
    {
        var wanted = await body.ReadAsync();
        await cancel.RunByLinkAsync(ActorResolver.AnonymousOf(http, Door.Web), wanted.Token ?? "", http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> AskAsync(Call call, long id, JsonBody<AskRemovalBody> body, RemoveOthersAccount remove)
    {
        var wanted = await body.ReadAsync();
        await remove.AskAsync(call.Actor, new ActorId(id), wanted.Reason, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<BegunRemovalItem> AgreeAsync(Call call, long id, RemoveOthersAccount remove) =>
        new(await remove.AgreeAsync(call.Actor, new ActorId(id), call.Aborted));

    private static async Task<NoContent> CancelAsync(Call call, long id, CancelRemoval cancel)
    {
        await cancel.RunAsync(call.Actor, new ActorId(id), call.Aborted);
        return TypedResults.NoContent();
    }
}

/// <summary>What the removal of your account would do.</summary>
/// <param name="Projects">Projects that nobody else runs: say for each what becomes of it.</param>
/// <param name="LeftUnits">Organisations that stand in the way: others belong to them and nobody else administers them.</param>
/// <param name="IsLastOperator">Whether nobody else runs the server, which stands in the way.</param>
/// <param name="Units">Organisations, branches and teams you belong to.</param>
/// <param name="Roles">Roles you hold.</param>
/// <param name="Deployments">Deployments you take part in.</param>
/// <param name="Submissions">What you sent; it stays, under another name in each project.</param>
/// <param name="Sessions">Sessions that end.</param>
/// <param name="Tokens">API tokens and app passwords that end.</param>
/// <param name="ExportLinks">Links of saved exports that end.</param>
/// <param name="AppUsers">Phones you made; they belong to their projects and stay.</param>
/// <param name="GraceDays">For how many days you can get the account back.</param>
internal sealed record RemovalImpactItem(
    IReadOnlyList<AloneProjectItem> Projects,
    IReadOnlyList<long> LeftUnits,
    bool IsLastOperator,
    long Units,
    long Roles,
    long Deployments,
    long Submissions,
    long Sessions,
    long Tokens,
    long ExportLinks,
    long AppUsers,
    int GraceDays)
{
    /// <summary>Shows it.</summary>
    public static RemovalImpactItem Of(RemovalImpact impact) => new(
        [.. impact.Projects.Select(project => new AloneProjectItem(
            project.Id, project.Name, project.HasOthers, [.. project.Candidates.Select(one => new RemovalCandidateItem(one.Id, one.Name))]))],
        impact.LeftUnits,
        impact.IsLastOperator,
        impact.Counts.Units,
        impact.Counts.Roles,
        impact.Counts.Deployments,
        impact.Counts.Submissions,
        impact.Ways.Sessions,
        impact.Ways.Tokens,
        impact.ExportLinks,
        impact.Ways.AppUsers,
        (int)impact.Grace.TotalDays);
}

/// <summary>A project that nobody else runs by a role at it.</summary>
/// <param name="CanStay">Whether others run the unit that it is in.</param>
/// <param name="Candidates">People it can be handed to.</param>
internal sealed record AloneProjectItem(long Id, string Name, bool CanStay, IReadOnlyList<RemovalCandidateItem> Candidates);

/// <summary>Somebody a project can be handed to.</summary>
internal sealed record RemovalCandidateItem(long Id, string DisplayName);

/// <summary>Asks for the end of your account.</summary>
/// <param name="Email">Your address, typed by hand.</param>
/// <param name="Projects">What becomes of each project that nobody else runs.</param>
internal sealed record OwnRemovalBody([property: Required] string? Email, IReadOnlyList<ProjectChoiceBody>? Projects)
{
    /// <inheritdoc/>
    public override string ToString() => "OwnRemovalBody";
}

/// <summary>What becomes of a project.</summary>
/// <param name="Choice"><c>hand_over</c>, <c>unit</c> or <c>delete</c>.</param>
/// <param name="To">Who is to run it, where it is handed over.</param>
internal sealed record ProjectChoiceBody(long Project, [property: Required] string? Choice, long? To);

/// <summary>A removal that begins.</summary>
/// <param name="DueAt">When the account is removed for good.</param>
internal sealed record BegunRemovalItem(DateTimeOffset DueAt);

/// <summary>Why somebody's account is to be removed.</summary>
internal sealed record AskRemovalBody([property: Required] string? Reason);

/// <summary>The secret of a link that gives an account back.</summary>
internal sealed record CancelRemovalBody([property: Required] string? Token)
{
    /// <inheritdoc/>
    public override string ToString() => "CancelRemovalBody";
}

/// <summary>The removal of an account.</summary>
/// <param name="Account">The number of the account.</param>
/// <param name="AccountName">Its name; once it is done the one that a tombstone has.</param>
/// <param name="State"><c>asked</c>, <c>waiting</c>, <c>burying</c> while what it left is written anew, <c>cancelled</c> or <c>done</c>.</param>
/// <param name="AskedBy">Who asked; the account itself, an administrator, or 0 for what a restore had brought back.</param>
/// <param name="AskedByName">Their name; empty for the server.</param>
/// <param name="Reason">Why, where an administrator asked; null when it is done.</param>
/// <param name="AgreedBy">The second administrator.</param>
/// <param name="AgreedByName">Their name; null while nobody agreed.</param>
/// <param name="DueAt">When it is done, or will be.</param>
/// <param name="EndedAt">When it was done or cancelled.</param>
/// <param name="Report">What was changed and deleted, as JSON of <c>fieldkeep-removal-1</c>; null before.</param>
internal sealed record RemovalItem(
    long Account,
    string AccountName,
    string State,
    long AskedBy,
    string AskedByName,
    DateTimeOffset AskedAt,
    string? Reason,
    long? AgreedBy,
    string? AgreedByName,
    DateTimeOffset? DueAt,
    DateTimeOffset? EndedAt,
    bool IsReplay,
    string? Report)
{
    /// <summary>Shows one.</summary>
    public static RemovalItem Of(RemovalRow row, string? reason, IReadOnlyDictionary<long, string> names) => new(
        row.ActorId,
        names.GetValueOrDefault(row.ActorId) ?? "",
        row.State,
        row.AskedBy,
        names.GetValueOrDefault(row.AskedBy) ?? "",
        row.AskedAt,
        reason,
        row.AgreedBy,
        row.AgreedBy is { } by ? names.GetValueOrDefault(by) ?? "" : null,
        row.DueAt,
        row.EndedAt,
        row.IsReplay,
        row.Report);
}
