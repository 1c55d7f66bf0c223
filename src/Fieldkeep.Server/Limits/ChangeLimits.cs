using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Limits;

/// <summary>Sets how much all projects and accounts may have, or a single one. For operators.</summary>
internal sealed class ChangeLimits(Db db, Policy policy, PlaceToLimit places, ChangeLog changes, AuditLog audit)
{
    /// <summary>Sets all limits of a place; what is null has none there, and of a single one goes by that of all.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>limit.not_found</c>, <c>limit.invalid</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task<LimitSet> RunAsync(Actor actor, Scope place, LimitSet wanted, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);

        // One submission a day is as good as a suspension.
        policy.RequireConfirmed(actor);
        var fitting = place.Kind switch
        {
            ScopeKind.Project => LimitNames.OfProject,
            ScopeKind.Account => LimitNames.OfAccount,
            _ => LimitNames.All,
        };
        foreach (var name in LimitNames.All)
        {
            Require(name, wanted.Of(name), fitting);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var project = await places.GetAsync(tx, place, cancellationToken);
        var before = await LimitRow.HoldAsync(tx, place, cancellationToken);
        foreach (var name in fitting.Where(name => before.Of(name) != wanted.Of(name)))
        {
            await LimitRow.WriteAsync(tx, place, name, wanted.Of(name), cancellationToken);
        }

        if (before != wanted)
        {
            var (kind, id) = (place.Kind == ScopeKind.Installation ? "server" : ScopeNames.Of(place.Kind), place.Id.ToString(CultureInfo.InvariantCulture));
            await changes.AppendAsync(tx, actor, new Change("limit.change", project, kind, id, before, wanted), cancellationToken);
            await audit.AppendAsync(tx, actor, new AuditEvent("limit.change", project?.Id, kind, id, null), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return wanted;
    }

    private static void Require(LimitName name, long? most, IReadOnlyList<LimitName> fitting)
    {
        var field = JsonNameOf(name);
        if (most is not null && !fitting.Contains(name))
        {
            throw LimitProblems.Invalid(field, "absent here");
        }

        // So few requests that nobody could set it higher again are no limit but a suspension.
        var fewest = name == LimitName.RequestsAMinute ? 60 : 1;
        if (most < fewest || most > LimitNames.Most)
        {
            throw LimitProblems.Invalid(field, string.Create(CultureInfo.InvariantCulture, $"a whole number from {fewest} to {LimitNames.Most}, or absent for no limit"));
        }
    }

    private static string JsonNameOf(LimitName name) => char.ToLowerInvariant($"{name}"[0]) + $"{name}"[1..];
}
