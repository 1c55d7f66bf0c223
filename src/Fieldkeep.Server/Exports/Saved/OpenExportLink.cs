using System.Collections.Concurrent;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>What a link opens, before its project is known.</summary>
internal sealed record FoundExportLink(
    long Id, Guid SavedId, ProjectId ProjectId, FormId FormId, byte[] Settings, ActorId CreatedBy, DateTimeOffset CreatedAt);

/// <summary>
/// Finds the saved export of a link's token. The link has the rights its maker has at that moment: of a removed account, or one that
/// may not export any more or must set up a second factor first, it opens nothing, and neither does one made before they last changed their password.
/// </summary>
internal sealed class OpenExportLink(
    SavedExports saved, BeginExport begin, AccountQueries accounts, FactorDuty duty, AttemptLimits limits,
    Policy policy, Suspensions suspensions, HeardServers heard, Db db, TimeProvider clock)
{
    /// <summary>The most exports by one link within <see cref="Window"/>.</summary>
    public const int MostRequests = 60;

    /// <summary>The time that requests are counted over.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private const string ByToken = """
        select links.id, links.saved_id, saved.project_id, saved.form_id, saved.settings, links.created_by, links.created_at
        from exports.links join exports.saved on saved.id = links.saved_id
        where links.token_hash = @hash and links.revoked_at is null and links.expires_at > @now and saved.deleted_at is null
        """;

    private const string Used = """
        update exports.links set last_used_at = @now where id = @id
        """;

    // One for each link that was used: no more than there are links.
    private readonly ConcurrentDictionary<long, Counter> _counters = new();

    /// <summary>Finds the link.</summary>
    /// <exception cref="ProblemException">
    /// <c>export.link_refused</c>, <c>session.too_many_attempts</c>, <c>export.link_too_fast</c>.
    /// </exception>
    public async Task<FoundExportLink> FindAsync(string token, string? address, CancellationToken cancellationToken)
    {
        var hash = SecretToken.HashOf(token);
        var found = hash is null
            ? null
            : await db.FindAsync<FoundExportLink>(ByToken, new { hash, now = clock.GetUtcNow() }, cancellationToken);
        if (found is null || await IsEndedAsync(found, cancellationToken))
        {
            limits.CountUnknownToken(address);
            throw ExportProblems.LinkRefused();
        }

        Pace(found.Id);
        return found;
    }

    /// <summary>Gives the maker, in whose name the reading stands in the audit book, and the export.</summary>
    /// <exception cref="ProblemException"><c>export.link_refused</c>, and those of <see cref="BeginExport"/>.</exception>
    public async Task<(Actor Maker, PreparedExport Export)> RunAsync(
        Actor caller, ProjectRef project, FoundExportLink link, CancellationToken cancellationToken)
    {
        var maker = await accounts.FindAsync(link.CreatedBy, cancellationToken) ?? throw ExportProblems.LinkRefused();

        // Who belongs to a suspended project takes answers along by themselves; a program that fetches them for whomever pauses.
        await policy.RequireGoingOnAsync(project.Id, cancellationToken);
        if (await suspensions.FindAsync(Scope.OfAccount(link.CreatedBy), cancellationToken) is not null)
        {
            throw ExportProblems.LinkRefused();
        }

        var actor = caller with { Id = link.CreatedBy, Kind = ActorKind.Account, DisplayName = maker.DisplayName };
        actor = actor with { MustEnrol = await duty.IsOverdueAsync(link.CreatedBy, cancellationToken) };
        var settings = saved.Open(project, link.SavedId, link.Settings);
        var wanted = new WantedExport(project, settings.XmlFormId, settings.IsDraft, settings.Selection, settings.Options);
        var export = await begin.RunAsync(actor, wanted, accounts.NamesAsync, cancellationToken);
        if (export.Request.Set.Form != link.FormId)
        {
            // Trashed and made anew under the same id: another form.
            throw FormProblems.NotFound(settings.XmlFormId);
        }

        await db.ExecuteAsync(Used, new { id = link.Id, now = clock.GetUtcNow() }, cancellationToken);
        return (actor, export with { Request = export.Request with { LinkId = link.Id } });
    }

    // Whoever had the password could make links; a new password shuts them out as it ends sessions.
    private async Task<bool> IsEndedAsync(FoundExportLink link, CancellationToken cancellationToken)
    {
        var since = await accounts.PasswordsSinceAsync([link.CreatedBy.Value], cancellationToken);
        return !since.TryGetValue(link.CreatedBy.Value, out var changed) || changed > link.CreatedAt;
    }

    private void Pace(long link)
    {
        var now = clock.GetUtcNow();
        var counter = _counters.AddOrUpdate(
            link,
            _ => new Counter(now, 1),
            (_, known) => now - known.Since >= Window ? new Counter(now, 1) : known with { Requests = known.Requests + 1 });
        if (counter.Requests > heard.ShareOf(MostRequests))
        {
            throw ExportProblems.LinkTooFast(counter.Since + Window - now);
        }
    }

    private sealed record Counter(DateTimeOffset Since, int Requests);
}
