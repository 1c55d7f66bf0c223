using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.SupportAccess;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A place that support access is about.</summary>
/// <param name="Kind"><c>project</c>, or <c>unit</c>: an organisation, branch or team.</param>
internal sealed record SupportPlaceBody([property: Required] string? Kind, long Id);

/// <summary>Support access to give.</summary>
/// <param name="Operator">The account of an operator with a second factor.</param>
/// <param name="Hours">How long, from now: 1 to 336.</param>
/// <param name="Ticket">The number of the support ticket.</param>
/// <param name="Reason">Why: 10 to 1000 characters.</param>
/// <param name="Export">Whether answers may be taken out as files, too.</param>
internal sealed record NewSupportAccess(
    long Operator,
    [property: Required] SupportPlaceBody? Place,
    int Hours,
    [property: Required] string? Ticket,
    [property: Required] string? Reason,
    bool Export = false)
{
    /// <inheritdoc/>
    public override string ToString() => "NewSupportAccess";
}

/// <summary>Support access to ask for.</summary>
/// <param name="Hours">How long, from the approval: 1 to 336.</param>
/// <param name="Ticket">The number of the support ticket.</param>
/// <param name="Reason">Why: 10 to 1000 characters.</param>
/// <param name="Export">Whether answers are to be taken out as files, too.</param>
internal sealed record NewSupportRequest(
    [property: Required] SupportPlaceBody? Place,
    int Hours,
    [property: Required] string? Ticket,
    [property: Required] string? Reason,
    bool Export = false)
{
    /// <inheritdoc/>
    public override string ToString() => "NewSupportRequest";
}

/// <summary>Access in an emergency to ask another operator for.</summary>
/// <param name="Minutes">How long, from the approval: 1 to 60.</param>
/// <param name="Reason">Why: 10 to 1000 characters.</param>
internal sealed record NewBreakGlass([property: Required] SupportPlaceBody? Place, int Minutes, [property: Required] string? Reason)
{
    /// <inheritdoc/>
    public override string ToString() => "NewBreakGlass";
}

/// <summary>An approval, of what was asked for or less.</summary>
/// <param name="Hours">How long; without it as long as was asked.</param>
/// <param name="Export">False to let read only.</param>
internal sealed record SupportApproval(int? Hours = null, bool? Export = null);

/// <summary>A place that support access is about.</summary>
/// <param name="Kind"><c>project</c> or <c>unit</c>.</param>
/// <param name="Name">Null for who may not know it.</param>
internal sealed record SupportPlaceItem(string Kind, long Id, string? Name)
{
    /// <summary>Shows the place of a case.</summary>
    public static SupportPlaceItem Of(SeenCase seen) => new(ScopeNames.Of(seen.Case.Scope.Kind), seen.Case.Scope.Id, seen.PlaceName);
}

/// <summary>What was done under support access.</summary>
/// <param name="Records">Submissions that were opened.</param>
/// <param name="Rows">Rows of tables that were shown.</param>
/// <param name="Files">Attachments that were opened.</param>
/// <param name="Exports">Exports that were made or downloaded.</param>
internal sealed record SupportUseItem(int Records, long Rows, int Files, int Exports, DateTimeOffset? LastAt);

/// <summary>One time that an operator may read somebody's data, from the question to the end.</summary>
/// <param name="Kind"><c>support</c>, or <c>break_glass</c>: in an emergency.</param>
/// <param name="State"><c>asked</c>, <c>declined</c>, <c>lapsed</c>, <c>open</c> or <c>ended</c>.</param>
/// <param name="Export">Whether answers may be taken out as files.</param>
/// <param name="Minutes">How long, from when it is opened.</param>
/// <param name="EndedAt">When it ended before its time.</param>
/// <param name="Use">Null unless it was opened.</param>
/// <param name="MayApprove">Whether you may let the operator in.</param>
/// <param name="MayDecline">Whether you may say no, or take your question back.</param>
/// <param name="MayEnd">Whether you may end it.</param>
internal sealed record SupportCaseItem(
    long Id,
    string Kind,
    string State,
    PersonItem Operator,
    SupportPlaceItem Place,
    bool Export,
    int Minutes,
    string? Ticket,
    string Reason,
    PersonItem AskedBy,
    DateTimeOffset AskedAt,
    PersonItem? DecidedBy,
    DateTimeOffset? DecidedAt,
    DateTimeOffset? ExpiresAt,
    PersonItem? EndedBy,
    DateTimeOffset? EndedAt,
    SupportUseItem? Use,
    bool MayApprove,
    bool MayDecline,
    bool MayEnd)
{
    /// <inheritdoc/>
    public override string ToString() => $"SupportCaseItem {{ {Id} }}";

    /// <summary>Shows cases, with the names of people.</summary>
    public static async Task<ItemList<SupportCaseItem>> OfAsync(
        IReadOnlyList<SeenCase> cases, AccountQueries accounts, CancellationToken cancellationToken)
    {
        var people = cases.SelectMany(seen => new[] { seen.Case.Operator, seen.Case.AskedBy, seen.Case.DecidedBy, seen.Case.EndedBy });
        var names = await accounts.NamesAsync(people.OfType<ActorId>().Select(person => person.Value), cancellationToken);
        return ItemList.Of(cases, seen => Of(seen, names));
    }

    private static SupportCaseItem Of(SeenCase seen, IReadOnlyDictionary<long, string> names)
    {
        PersonItem Person(ActorId id) => new(id.Value, names.GetValueOrDefault(id.Value) ?? "");
        PersonItem? Someone(ActorId? id) => id is { } known ? Person(known) : null;
        var one = seen.Case;
        return new SupportCaseItem(
            one.Id,
            NameOf(one.Kind),
            NameOf(seen.State),
            Person(one.Operator),
            SupportPlaceItem.Of(seen),
            one.MayExport,
            one.Minutes,
            one.Ticket,
            one.Reason,
            Person(one.AskedBy),
            one.AskedAt,
            Someone(one.DecidedBy),
            one.DecidedAt,
            one.ExpiresAt,
            Someone(one.EndedBy),
            one.EndedAt,
            one.Grant is null ? null : seen.Use is { } use
                ? new SupportUseItem(use.Records, use.Rows, use.Files, use.Exports, use.LastAt)
                : new SupportUseItem(0, 0, 0, 0, null),
            seen.MayApprove,
            seen.MayDecline,
            seen.MayEnd);
    }

    /// <summary>Gives a kind or state its name on the wire.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

/// <summary>Support access that a session may act under, as its pages say above everything.</summary>
/// <param name="Kind"><c>support</c> or <c>break_glass</c>.</param>
internal sealed record SessionSupport(long Id, string Kind, SupportPlaceItem Place, bool Export, DateTimeOffset ExpiresAt)
{
    /// <summary>Shows a case that is open.</summary>
    public static SessionSupport Of(SeenCase seen) => new(
        seen.Case.Id, SupportCaseItem.NameOf(seen.Case.Kind), SupportPlaceItem.Of(seen), seen.Case.MayExport, seen.Case.ExpiresAt ?? default);
}
