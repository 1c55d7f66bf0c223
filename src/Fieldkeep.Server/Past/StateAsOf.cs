using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Past;

/// <summary>Tells how a project was set up at any instant, from the ledger, and who reached it, from the roles, members and places that were.</summary>
internal sealed class StateAsOf(Policy policy, ProjectQueries projects, TellPast tell, TimeProvider clock)
{
    /// <summary>Tells it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>past.moment_invalid</c>, <c>past.too_early</c>.
    /// </exception>
    public async Task<PastState> RunAsync(Actor actor, ProjectId project, string? at, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AuditRead, Scope.Of(project), cancellationToken);
        await policy.RequireAsync(actor, Permission.ProjectAssign, Scope.Of(project), cancellationToken);
        var known = await projects.FindAsync(project, cancellationToken) ?? throw AccessProblems.Unseen();
        return await tell.RunAsync(known.Ref, MomentOf(at), cancellationToken) ?? throw PastProblems.TooEarly(known.CreatedAt);
    }

    /// <summary>Reads an instant; a day means its end, and now when it is today.</summary>
    /// <param name="at">Null or empty for now.</param>
    /// <exception cref="ProblemException"><c>past.moment_invalid</c>.</exception>
    public DateTimeOffset MomentOf(string? at) => MomentOf(at, clock.GetUtcNow());

    /// <summary>Reads an instant as <see cref="MomentOf(string?)"/> does.</summary>
    /// <exception cref="ProblemException"><c>past.moment_invalid</c>.</exception>
    public static DateTimeOffset MomentOf(string? at, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(at))
        {
            return now;
        }

        if (DateOnly.TryParseExact(at, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            var start = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
            return start > now ? throw PastProblems.BadMoment() : start.AddDays(1).AddTicks(-10) is var end && end < now ? end : now;
        }

        return DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) && instant <= now
            ? instant.ToUniversalTime()
            : throw PastProblems.BadMoment();
    }

    /// <summary>Reads an instant, or a day for its beginning in UTC; null when nothing is given.</summary>
    /// <exception cref="ProblemException"><c>past.moment_invalid</c>.</exception>
    public static DateTimeOffset? InstantOf(string? text) => string.IsNullOrEmpty(text)
        ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant.ToUniversalTime()
            : throw PastProblems.BadMoment();
}
