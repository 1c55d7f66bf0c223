using System.Collections.Concurrent;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Finds the app user of a token, from memory on the path that phones take.</summary>
/// <remarks>
/// An entry lives as long as <see cref="ChangeSignals"/> says and is forgotten at once when this process revokes any token. Being
/// used is written at most once a minute for each token.
/// </remarks>
internal sealed class AppUserTokens(
    Db db, KeptAccounts kept, WhileAway away, AttemptLimits limits, AccessBook book, ChangeSignals signals, TimeProvider clock)
{
    private static readonly TimeSpan UsedEvery = TimeSpan.FromMinutes(1);

    // About 300 bytes each: at most 15 MB.
    private const int MostRemembered = 50_000;

    private const string ByToken = """
        select app_users.actor_id, app_users.project_id, actors.display_name, app_users.last_used_at, app_users.created_by
        from accounts.app_users
        join accounts.actors on actors.id = app_users.actor_id
        where app_users.token_hash = @hash and app_users.revoked_at is null and actors.deleted_at is null
        """;
    private const string Used = """
        update accounts.app_users set last_used_at = @now
        where actor_id = @id and (last_used_at is null or last_used_at < @earlier)
        """;

    private readonly ConcurrentDictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);

    /// <summary>Gives the app user of a token.</summary>
    /// <exception cref="ProblemException"><c>app_user.refused</c>, <c>session.too_many_attempts</c>.</exception>
    public async ValueTask<AppUserIdentity> GetAsync(string token, string? address, CancellationToken cancellationToken) =>
        await FindAsync(token, cancellationToken) ?? throw Refusal(address);

    /// <summary>Counts a token that nobody has, and gives the problem to throw.</summary>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>.</exception>
    public ProblemException Refusal(string? address)
    {
        limits.CountUnknownToken(address);
        return AccountProblems.AppUserRefused();
    }

    /// <summary>Finds the app user of a token; null when there is none.</summary>
    public async ValueTask<AppUserIdentity?> FindAsync(string token, CancellationToken cancellationToken)
    {
        var epoch = signals.CountOf(ChangeKind.Phones);
        var hash = SecretToken.HashOf(token);
        var key = hash is null ? "" : Convert.ToBase64String(hash);
        if (_remembered.TryGetValue(key, out var known)
            && known.Epoch == epoch
            && signals.IsFresh(known.At))
        {
            return known.Identity;
        }

        // The epoch was taken before reading: a revocation that commits meanwhile makes this entry out of date.
        var at = clock.GetTimestamp();
        var row = hash is null ? null : await away.AskAsync(() => db.FindAsync<Row>(ByToken, new { hash }, cancellationToken), () => FindKept(hash));
        if (row is null)
        {
            return null;
        }

        await away.TryAsync(() => NoteUseAsync(row, cancellationToken));
        var identity = new AppUserIdentity(row.ActorId, row.ProjectId, row.DisplayName);
        if (_remembered.Count >= MostRemembered)
        {
            _remembered.Clear();
        }

        if (!WhileAway.IsUsed)
        {
            _remembered[key] = new Remembered(epoch, at, identity);
        }

        return identity;
    }

    /// <summary>Forgets every remembered token; called after the commit of a revocation.</summary>
    public void Forget() => signals.Forget(ChangeKind.Phones);

    // When it was used last is not kept: it says now, so that nothing is noted.
    private Row? FindKept(byte[] hash) => kept.Phones.Find(KeptAccounts.KeyOf(hash)).FirstOrDefault() is { } phone
        ? new Row(new ActorId(phone.ActorId), new ProjectId(phone.ProjectId), "", clock.GetUtcNow(), default)
        : null;

    private async Task NoteUseAsync(Row row, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (row.LastUsedAt is not { } last || now - last >= UsedEvery)
        {
            var isNoted = await db.ExecuteAsync(
                Used, new { id = row.ActorId.Value, now, earlier = now - UsedEvery }, cancellationToken) == 1;
            if (isNoted && row.LastUsedAt is null)
            {
                // Whoever made the code learns that a phone took it.
                var phone = new Actor(row.ActorId, ActorKind.AppUser, row.DisplayName, Door.OpenRosa, null);
                book.Note(new AccessEvent(AccessKinds.PhoneEnrolled, true, phone)
                {
                    Account = row.CreatedBy,
                    Way = "app_user",
                    Subject = $"app_user {row.ActorId}",
                });
            }
        }
    }

    private sealed record Row(ActorId ActorId, ProjectId ProjectId, string DisplayName, DateTimeOffset? LastUsedAt, ActorId CreatedBy);

    private sealed record Remembered(long Epoch, long At, AppUserIdentity Identity);
}

/// <summary>Who a phone is, and the one project it belongs to.</summary>
internal sealed record AppUserIdentity(ActorId Id, ProjectId Project, string DisplayName);
