using System.Collections.Concurrent;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Finds the public link of a token, and keeps each caller of one to a pace.</summary>
/// <remarks>
/// Anyone may hold such a token, so it gets no memory of its own: each request reads the database, and one network may ask
/// <see cref="MostRequests"/> times in <see cref="Window"/> of one link. In memory, each server its share.
/// </remarks>
internal sealed class PublicLinkTokens(Db db, KeptAccounts kept, WhileAway away, AttemptLimits limits, HeardServers heard, TimeProvider clock)
{
    /// <summary>The most requests of one network with one link within <see cref="Window"/>.</summary>
    public const int MostRequests = 120;

    /// <summary>The time that requests are counted over.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    // Some 150 bytes each: at most 15 MB under a flood.
    private const int MostCounters = 100_000;

    private const string ByToken = """
        select public_links.actor_id, public_links.project_id, public_links.form_id, actors.display_name
        from accounts.public_links
        join accounts.actors on actors.id = public_links.actor_id
        where public_links.token_hash = @hash and public_links.revoked_at is null and actors.deleted_at is null
        """;

    private readonly ConcurrentDictionary<string, Counter> _counters = new(StringComparer.Ordinal);

    /// <summary>Gives the link of a token.</summary>
    /// <exception cref="ProblemException">
    /// <c>public_link.refused</c>, <c>session.too_many_attempts</c>, <c>public_link.too_fast</c>.
    /// </exception>
    public async ValueTask<PublicLinkIdentity> GetAsync(string token, string? address, CancellationToken cancellationToken)
    {
        if (await FindAsync(token, address, cancellationToken) is { } found)
        {
            return found;
        }

        limits.CountUnknownToken(address);
        throw AccountProblems.PublicLinkRefused();
    }

    /// <summary>Finds the link of a token; null when there is none.</summary>
    /// <exception cref="ProblemException"><c>public_link.too_fast</c>.</exception>
    public async ValueTask<PublicLinkIdentity?> FindAsync(string token, string? address, CancellationToken cancellationToken)
    {
        var hash = SecretToken.HashOf(token);
        var found = hash is null ? null : await away.AskAsync(
            () => db.FindAsync<PublicLinkIdentity>(ByToken, new { hash }, cancellationToken), () => FindKept(hash));
        if (found is not null)
        {
            Pace($"{found.ActorId} {address}");
        }

        return found;
    }

    private PublicLinkIdentity FindKept(byte[] hash) => kept.Links.Find(KeptAccounts.KeyOf(hash)).FirstOrDefault() is { } link
        ? new PublicLinkIdentity(new ActorId(link.ActorId), new ProjectId(link.ProjectId), new FormId(link.FormId), "")
        : throw WhileAway.Unavailable(); // It may be good: nobody is told that it is not.

    private void Pace(string key)
    {
        if (_counters.Count >= MostCounters)
        {
            _counters.Clear();
        }

        var now = clock.GetUtcNow();
        var counter = _counters.AddOrUpdate(
            key,
            _ => new Counter(now, 1),
            (_, known) => now - known.Since >= Window ? new Counter(now, 1) : known with { Requests = known.Requests + 1 });
        if (counter.Requests > heard.ShareOf(MostRequests))
        {
            throw AccountProblems.LinkTooFast(counter.Since + Window - now);
        }
    }

    private sealed record Counter(DateTimeOffset Since, int Requests);
}

/// <summary>The one form that a public link opens.</summary>
internal sealed record PublicLinkIdentity(ActorId ActorId, ProjectId ProjectId, FormId FormId, string DisplayName);
