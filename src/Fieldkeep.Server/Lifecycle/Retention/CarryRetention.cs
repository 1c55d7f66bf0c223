using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Gives a copy of a project the rules of retention that the project has: they act after a notice, as after a restore.</summary>
internal sealed class CarryRetention(RetentionBooks books, RetentionLetters letters, TimeProvider clock)
{
    /// <summary>Does it in the caller's transaction; whether the actor may is asked by the operation. Gives from when on they act, null when there are none.</summary>
    /// <param name="rules">The rules of the project.</param>
    /// <param name="formOf">The number in the copy of a form that a rule is limited to; null for one that is not there.</param>
    public async Task<(int Count, DateTimeOffset? ActFrom)> RunAsync(
        Tx tx, Actor actor, ProjectRef copy, IReadOnlyList<RetentionRule> rules, Func<FormId, FormId?> formOf, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var from = RetentionRule.Second(now) + RetentionRule.Notice;
        var carried = new HashSet<(string Kind, FormId? Form)>();
        foreach (var rule in rules)
        {
            var form = rule.FormId is { } limited ? formOf(limited) : null;
            if ((rule.FormId is not null && form is null) || !carried.Add((rule.Kind, form)))
            {
                continue;
            }

            var placed = await RetentionRows.InsertAsync(
                tx,
                new RetentionRule { ProjectId = copy.Id, FormId = form, Kind = rule.Kind, Days = rule.Days, SetBy = actor.Id, SetAt = now, ActsFrom = from },
                cancellationToken);
            await books.AddedAsync(tx, actor, copy, placed, cancellationToken);
            await letters.SetAsync(tx, copy, placed, cancellationToken);
        }

        return (carried.Count, carried.Count > 0 ? from : null);
    }
}
