using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Rights;
using Fieldkeep.Server.Rights.Terms;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/texts/{kind}/versions</c>: what the texts of this server said before.</summary>
internal static class TextsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var versions = api.MapGroup("/texts/{kind}/versions").WithTags("Texts").Refuses(422, "text.unknown");
        versions.MapGet("", ListAsync)
            .Declare("listTextVersions", "List when each version of a text was published and by whom, newest first", Permission.SettingsUpdate);
        versions.MapGet("/{version:int}", GetAsync)
            .Declare("getTextVersion", "Read one version of a text; who agreed to it reads it again")
            .CalledBy(CallerKind.Anonymous, CallerKind.Session)
            .Refuses(404, "text.not_found");
    }

    private static async Task<ItemList<TextVersionItem>> ListAsync(Call call, string kind, Policy policy, TextRows texts, AccountQueries accounts)
    {
        await policy.RequireAsync(call.Actor, Permission.SettingsUpdate, Scope.Installation, call.Aborted);
        RightsProblems.RequireText(kind, TextRows.Kinds);
        var all = await texts.ListVersionsAsync(kind, call.Aborted);
        var names = await accounts.NamesAsync(all.Select(one => one.PublishedBy), call.Aborted);
        return ItemList.Of(
            all, one => new TextVersionItem(one.Version, one.PublishedAt, new PersonItem(one.PublishedBy, names.GetValueOrDefault(one.PublishedBy) ?? "")));
    }

    private static async Task<TextItem> GetAsync(HttpContext http, string kind, int version, TextRows texts)
    {
        RightsProblems.RequireText(kind, TextRows.Kinds);
        return TextItem.Of(await texts.FindAsync(kind, version, http.RequestAborted) ?? throw RightsProblems.TextMissing(kind, version));
    }
}

/// <summary>That a version of a text was published.</summary>
internal sealed record TextVersionItem(int Version, DateTimeOffset PublishedAt, PersonItem By);
