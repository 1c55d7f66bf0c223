using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Rights.Terms;

/// <summary>Keeps what a person agreed to: which version, when, through which door, and since when no longer. Everyone for themselves.</summary>
internal sealed class Consents(Db db, TextRows texts, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string OfPerson = """
        select kind, version, given_at, given_door, withdrawn_at from rights.consents where actor_id = @actor order by id desc limit 500
        """;
    private const string Give = """
        insert into rights.consents (actor_id, kind, version, given_at, given_door) values (@actor, @kind, @version, @now, @door)
        on conflict do nothing
        """;
    private const string Withdraw = """
        update rights.consents set withdrawn_at = @now, withdrawn_door = @door
        where actor_id = @actor and kind = @kind and withdrawn_at is null
        """;

    /// <summary>Lists the texts of persons with what one said to them.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<ConsentStanding>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        var given = await db.ListAsync<GivenConsent>(OfPerson, new { actor = actor.Id.Value }, cancellationToken);
        return
        [
            .. (await texts.ListCurrentAsync(cancellationToken))
                .Where(text => TextRows.OfPersons.Contains(text.Kind))
                .Select(text => new ConsentStanding(text, [.. given.Where(one => one.Kind == text.Kind)])),
        ];
    }

    /// <summary>Agrees to the newest version of a text; to agree twice is to agree once.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>, <c>text.unknown</c>, <c>text.superseded</c>.</exception>
    public async Task GiveAsync(Actor actor, string kind, int version, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        RightsProblems.RequireText(kind, TextRows.OfPersons);
        var newest = (await texts.ListCurrentAsync(cancellationToken)).FirstOrDefault(text => text.Kind == kind);
        if (newest?.Version != version)
        {
            throw RightsProblems.Superseded();
        }

        await WriteAsync(actor, Give, "consent.give", kind, version, cancellationToken);
    }

    /// <summary>Takes one's consent back; one that was not given stays so.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>, <c>text.unknown</c>.</exception>
    public Task WithdrawAsync(Actor actor, string kind, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        RightsProblems.RequireText(kind, TextRows.OfPersons);
        return WriteAsync(actor, Withdraw, "consent.withdraw", kind, null, cancellationToken);
    }

    private async Task WriteAsync(Actor actor, string write, string action, string kind, int? version, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var row = new { actor = actor.Id.Value, kind, version, now = clock.GetUtcNow(), door = actor.Door.ToString() };
        if (await tx.ExecuteAsync(write, row, cancellationToken) == 0)
        {
            return;
        }

        var isGiven = version is not null;
        var change = new Change(action, null, "account", actor.Id.ToString(), new { kind, given = !isGiven }, new { kind, version, given = isGiven });
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, null, "account", actor.Id.ToString(), $"{kind} {version}".Trim()), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}

/// <summary>Something somebody agreed to.</summary>
internal sealed record GivenConsent(string Kind, int Version, DateTimeOffset GivenAt, string GivenDoor, DateTimeOffset? WithdrawnAt);

/// <summary>A text and what somebody said to its versions, newest first.</summary>
internal sealed record ConsentStanding(PublishedText Text, IReadOnlyList<GivenConsent> Given)
{
    /// <summary>What was said to the newest version and still holds; null when nothing.</summary>
    public GivenConsent? Current => Given.FirstOrDefault(one => one.Version == Text.Version && one.WithdrawnAt is null);
}
