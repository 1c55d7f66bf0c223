using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>Reads the access log of an account: what happened at the doors, joined with what the audit book knows of the person.</summary>
internal sealed class ReadAccessLog(
    Db db, AccessBook book, AccessRows rows, AuditOfPerson audit, AccountQueries accounts, AccountReach reach, Policy policy, TimeProvider clock)
{
    /// <summary>The longest page.</summary>
    public const int MostLines = 500;

    // The events of the doors say more about these.
    private static readonly string[] Told = ["session.create", "session.refused", "account.unlock", "account.disown"];

    /// <summary>Gives a page, newest first: one's own, or that of someone else for who may read the audit book.</summary>
    /// <exception cref="ProblemException"><c>account.not_found</c>, <c>access.denied</c>, <c>audit.bad_cursor</c>, <c>token.not_here</c>.</exception>
    public async Task<Page<AccessLine>> RunAsync(
        Actor actor, ActorId account, AccessLogQuery query, CancellationToken cancellationToken)
    {
        var isOwn = WhoAsks.IsSelf(actor, account);
        if (isOwn && actor.Bounds is not null)
        {
            throw TokenProblems.NotHere();
        }

        if (!isOwn)
        {
            await reach.RequireAsync(actor, Permission.AuditRead, account, cancellationToken);
        }

        var person = await accounts.FindAsync(account, cancellationToken) ?? throw AccountProblems.AccountUnknown();
        await book.FlushAsync(cancellationToken);
        var (until, skipped) = CursorOf(query);
        var from = query.From ?? DateTimeOffset.UnixEpoch;
        var wanted = Math.Clamp(query.Limit, 1, MostLines);
        var lines = new List<AccessLine>();
        if (query.Topic != AccessTopic.Data)
        {
            var only = query.Topic == AccessTopic.Account ? "account.%" : "";
            var wish = new AccessLogWish(only, query.Topic == AccessTopic.Refusals, from, until, wanted + skipped + 1);
            var name = await EmailKey.OfAsync(db, person.Email, cancellationToken);
            lines.AddRange((await rows.ListAsync(person, name, wish, cancellationToken))
                .Select(row => LineOf(row, account, isOwn || query.WithAddresses)));
        }

        if (query.Topic != AccessTopic.Refusals)
        {
            var wish = new AuditOfPersonWish(
                account,
                WithLines: query.Topic != AccessTopic.Data,
                WithHours: isOwn && (query.Topic is AccessTopic.All or AccessTopic.Data),
                AnyProject: isOwn,
                query.Topic == AccessTopic.Account ? [.. Told, "session.end"] : Told,
                query.Topic == AccessTopic.SignIns ? "session.%" : "",
                from,
                until,
                wanted + skipped + 1);
            lines.AddRange((await audit.ListAsync(wish, cancellationToken)).Select(LineOf));
        }

        return PageOf([.. lines.OrderByDescending(line => line.At)], until, skipped, wanted);
    }

    /// <summary>Gives the single lines behind one that stands for an hour; of one's own log only.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<AccessLine>> ListOfHourAsync(
        Actor actor, string action, long? project, DateTimeOffset hour, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        var lines = await audit.ListOfHourAsync(
            actor.Id, action, project, AuditOfPerson.HourOf(hour), cancellationToken);
        return [.. lines.Select(line => LineOf(line) with { IsHour = false })];
    }

    /// <summary>Gives what is nobody's, newest first: names and tokens that nobody has. Only who runs the server gets any.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<AccessLine>> ListOfNobodyAsync(
        Actor actor, DateTimeOffset? before, int limit, bool withAddresses, CancellationToken cancellationToken)
    {
        var readable = await policy.ScopesWithAsync(actor, Permission.AuditRead, cancellationToken);
        if (!readable.IsOfInstallation)
        {
            return readable is { IsEverywhere: false, Projects: [], Units: [] } ? throw AccessProblems.Denied() : [];
        }

        await book.FlushAsync(cancellationToken);
        var found = await rows.ListOfNobodyAsync(
            before ?? clock.GetUtcNow().AddDays(1), Math.Clamp(limit, 1, MostLines), cancellationToken);
        return [.. found.Select(row => LineOf(row, default, withAddresses))];
    }

    private static AccessLine LineOf(AccessRow row, ActorId account, bool isShown) =>
        new(row.At, row.Kind, row.IsSuccess, row.IsSuccess ? account.Value : 0, null, 1)
        {
            Reason = row.Reason,
            Door = row.Door,
            Way = row.Way,
            Subject = row.Subject,
            Browser = row.Browser,
            System = row.System,
            Address = isShown ? row.Address : null,
            Place = isShown ? row.Place : null,
        };

    private static AccessLine LineOf(AuditOfPersonLine line) =>
        new(line.At, line.Action, true, line.ActorId, line.ProjectId, line.Count)
        {
            Subject = line.SubjectId.Length > 0 ? $"{line.SubjectKind} {line.SubjectId}" : null,
            Reason = line.Detail,
            IsHour = line.SubjectKind.Length == 0,
        };

    // The next page begins at the instant of the last line, past as many lines of that instant as were given.
    private static Page<AccessLine> PageOf(List<AccessLine> lines, DateTimeOffset until, int skipped, int wanted)
    {
        var page = lines.Skip(skipped).Take(wanted).ToList();
        if (page.Count < wanted || lines.Count <= skipped + wanted)
        {
            return new Page<AccessLine>(page, null);
        }

        var last = page[^1].At;
        var before = page.Count(line => line.At == last) + (last == until ? skipped : 0);
        return new Page<AccessLine>(page, $"{last.UtcTicks}.{before}");
    }

    private (DateTimeOffset Until, int Skipped) CursorOf(AccessLogQuery query)
    {
        if (string.IsNullOrEmpty(query.Before))
        {
            // A column of PostgreSQL counts microseconds: the instant before the first that is too late.
            return ((query.Until ?? clock.GetUtcNow().AddDays(1)).AddMicroseconds(-1), 0);
        }

        var parts = query.Before.Split('.');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= DateTimeOffset.MaxValue.UtcTicks - TimeSpan.TicksPerDay
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var skipped)
            && skipped <= MostLines * 10
                ? (new DateTimeOffset(ticks, TimeSpan.Zero), skipped)
                : throw new ProblemException(
                    "audit.bad_cursor", 400, $"“before” is “{query.Before}”; give the “next” of the page you have.");
    }
}
