using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.XForms.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Which questions of a form are confidential, and setting it beside the form.</summary>
internal static class ConfidentialApi
{
    /// <summary>Maps <c>/confidential</c> of a form and of its draft below <c>/api</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var form = api.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Confidential").Refuses(404, "form.not_found");
        form.MapGet("/confidential", (FormCall call, ReadConfidential read, AccountQueries accounts) => ReadAsync(call, read, accounts, isDraft: false))
            .Declare("getConfidential", "Tell which questions of a form are confidential and why", Permission.FormRead)
            .Refuses(404, "form.no_draft");
        form.MapGet("/draft/confidential", (FormCall call, ReadConfidential read, AccountQueries accounts) => ReadAsync(call, read, accounts, isDraft: true))
            .Declare("getDraftConfidential", "Tell which questions of a draft are confidential and why", Permission.FormRead)
            .Refuses(404, "form.no_draft");
        form.MapGet("/confidential/holders", ListHoldersAsync)
            .Declare("listConfidentialHolders", "List who may read or replace confidential answers of a form, by what and until when", Permission.FormWrite);
        form.MapPut("/confidential/flags", SetAsync)
            .Declare("setConfidentialFlag", "Set beside a form that a question is confidential, or not; what protects less counts a day later", Permission.FormWrite)
            .Refuses(400, "confidential.bad_kind", "confidential.bad_radius", "confidential.reason_needed")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "confidential.no_such_question");
    }

    private static async Task<ConfidentialItem> ReadAsync(FormCall call, ReadConfidential read, AccountQueries accounts, bool isDraft)
    {
        var view = await read.RunAsync(call.Actor, call.Project, call.FormId, isDraft, call.Aborted);
        return ConfidentialItem.Of(view, await accounts.NamesAsync(view.Lines.Select(line => line.SetBy.Value).Distinct(), call.Aborted));
    }

    private static async Task<ItemList<ConfidentialHolderItem>> ListHoldersAsync(FormCall call, ListHolders list, AccountQueries accounts)
    {
        var holders = await list.RunAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        var names = await accounts.NamesAsync(holders.SelectMany(one => (long[])[one.Actor.Value, one.GivenBy.Value]).Distinct(), call.Aborted);
        return ItemList.Of(holders, one => ConfidentialHolderItem.Of(one, names));
    }

    private static async Task<NoContent> SetAsync(FormCall call, JsonBody<WantedConfidentialFlag> body, SetConfidentialFlag set)
    {
        await set.RunAsync(call.Actor, call.Project, call.FormId, await body.ReadAsync(), call.Aborted);
        return TypedResults.NoContent();
    }
}

/// <summary>What is confidential in a form.</summary>
/// <param name="Questions">The confidential questions, in the form's order.</param>
/// <param name="Hints">What visible questions let others guess of them.</param>
/// <param name="Flags">What was set beside the form: what counts now, and what will.</param>
/// <param name="Nodes">Every question, group and repeat that can be made confidential, in the form's order.</param>
/// <param name="Splitting">Whether submissions of before the last change are still being changed to it; nobody sees more meanwhile.</param>
internal sealed record ConfidentialItem(
    IReadOnlyList<ConfidentialQuestionItem> Questions,
    IReadOnlyList<ConfidentialHintItem> Hints,
    IReadOnlyList<ConfidentialFlagItem> Flags,
    IReadOnlyList<ConfidentialNodeItem> Nodes,
    bool Splitting)
{
    /// <summary>Shows a view.</summary>
    public static ConfidentialItem Of(ConfidentialView view, IReadOnlyDictionary<long, string> names) => new(
        [.. view.Plan.Nodes.Select(node => new ConfidentialQuestionItem(
            node.Path, Word(node.Cause.ToString()), node.From, node.Radius, node.IsFile, node.IsPlace))],
        [.. view.Plan.Hints.Select(hint => new ConfidentialHintItem(hint.Path, Word(hint.Kind.ToString()), hint.From))],
        [.. view.Lines.Select(line => new ConfidentialFlagItem(
            line.Path, line.Kind, line.Radius, line.Reason, names.GetValueOrDefault(line.SetBy.Value, ""), line.SetAt, line.TakesEffectAt))],
        [.. view.Form.ListElements().Where(element => element != view.Form.Root).Select(element => ConfidentialNodeItem.Of(element, view.Form))],
        view.Splitting);

    private static string Word(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

/// <summary>A confidential question.</summary>
/// <param name="Cause"><c>marked</c>, <c>inherited</c> or <c>derived</c>.</param>
/// <param name="From">Path of what makes it so; null when it is marked itself.</param>
/// <param name="Radius">Metres within which a point is shown displaced; null when none is shown.</param>
/// <param name="IsFile">Whether the answer names a file.</param>
/// <param name="IsPlace">Whether the answer is one point.</param>
internal sealed record ConfidentialQuestionItem(string Path, string Cause, string? From, double? Radius, bool IsFile, bool IsPlace);

/// <summary>A question, group or repeat of the form.</summary>
/// <param name="Label">In the form's own language; its name when it has none.</param>
/// <param name="Kind"><c>question</c>, <c>group</c> or <c>repeat</c>.</param>
/// <param name="IsPlace">Whether the answer is one point, which can be shown displaced.</param>
/// <param name="HoldsPlace">Whether it is a point, a line or an area, or has one in it: once that is confidential, pictures lose theirs.</param>
internal sealed record ConfidentialNodeItem(string Path, string Label, string Kind, bool IsPlace, bool HoldsPlace)
{
    /// <summary>Shows a node of a form.</summary>
    public static ConfidentialNodeItem Of(FormElement element, XForm form) => new(
        element.Path,
        element.Label.Find(form.DefaultLanguage) is { Length: > 0 } label ? label : element.Name,
        element switch { RepeatElement => "repeat", GroupElement => "group", _ => "question" },
        element is QuestionElement { DataType: DataType.Geopoint },
        HasPlace(element));

    private static bool HasPlace(FormElement element) =>
        element is QuestionElement { DataType: DataType.Geopoint or DataType.Geotrace or DataType.Geoshape } || element.Children.Any(HasPlace);
}

/// <summary>A visible question that lets others guess.</summary>
/// <param name="Kind"><c>relevance</c>, <c>constraint</c>, <c>required</c>, <c>readOnly</c>, <c>repeatCount</c> or <c>entity</c>.</param>
/// <param name="From">The confidential question it depends on.</param>
internal sealed record ConfidentialHintItem(string Path, string Kind, string From);

/// <summary>What was set beside the form about a question.</summary>
/// <param name="Kind"><c>marked</c>, <c>declassified</c> or, when it is to come, <c>removed</c>.</param>
/// <param name="Reason">Why; null for a mark.</param>
/// <param name="SetBy">Who set it.</param>
/// <param name="TakesEffectAt">From when it counts.</param>
internal sealed record ConfidentialFlagItem(
    string Path, string Kind, double? Radius, string? Reason, string SetBy, DateTimeOffset SetAt, DateTimeOffset TakesEffectAt);

/// <summary>One way in which somebody may read or replace confidential answers.</summary>
/// <param name="Id">The account; 0 for everyone who is signed in.</param>
/// <param name="Name">Their name; empty for everyone.</param>
/// <param name="Role">The role that allows it.</param>
/// <param name="IsOwnRole">Whether <c>role</c> is the name of a role of the organisation's own.</param>
/// <param name="ThroughUnit">Whether they hold it by belonging to a unit.</param>
/// <param name="OfProject">Whether it holds for all forms of the project.</param>
/// <param name="Until">When it ends by itself; null when never.</param>
/// <param name="GivenBy">Who gave it; empty when nobody knows any more.</param>
internal sealed record ConfidentialHolderItem(
    long Id, string Name, string Role, bool IsOwnRole, bool MayRead, bool MayUpdate, bool ThroughUnit, bool OfProject, DateTimeOffset? Until, string GivenBy, DateTimeOffset GivenAt)
{
    /// <summary>Shows a way.</summary>
    public static ConfidentialHolderItem Of(ConfidentialHolder holder, IReadOnlyDictionary<long, string> names) => new(
        holder.Actor.Value,
        names.GetValueOrDefault(holder.Actor.Value, ""),
        holder.Role,
        holder.IsOwnRole,
        holder.MayRead,
        holder.MayUpdate,
        holder.Unit is not null,
        holder.IsOfProject,
        holder.ExpiresAt,
        names.GetValueOrDefault(holder.GivenBy.Value, ""),
        holder.GivenAt);
}
