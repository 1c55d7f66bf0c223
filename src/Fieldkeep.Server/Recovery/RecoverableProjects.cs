using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Recoveries;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Recovery;

/// <summary>What the keyring remembered of a project at a moment: what was erased, what was taken out.</summary>
internal sealed record RememberedErasures(IReadOnlySet<Guid> Rows, IReadOnlySet<Guid> Orders);

/// <summary>What was erased, taken out or made confidential of a project when a recovery began.</summary>
internal sealed record RememberedProject(RememberedErasures Erasures, IReadOnlyList<ConfidentialNow> Confidential);

/// <summary>Says of projects whether they may be recovered, and where to.</summary>
internal sealed class RecoverableProjects(Db db, Keyring keyring, ErasedForGood erasures, ErasedProjects projects, ReadRecoverableForms forms, Places places)
{
    /// <summary>Refuses what was erased for good, or is about to be.</summary>
    /// <param name="key">The project's entry in the keyring, as the backup has it; null while that is not known.</param>
    /// <exception cref="ProblemException"><c>recovery.erased</c>, <c>recovery.other_project</c>.</exception>
    public async Task RequireNotErasedAsync(ProjectId project, Guid? key, CancellationToken cancellationToken)
    {
        var here = await erasures.RequireNotAsync(project, key, cancellationToken);
        if (key is { } there)
        {
            if (here is not null && here.KeyId != there)
            {
                throw RecoveryProblems.Other(project);
            }

            if (keyring.FindProjectKeys(there) is null)
            {
                throw RecoveryProblems.Erased(project);
            }
        }
    }

    /// <summary>Gives what the keyring remembers of a project now.</summary>
    public RememberedErasures Remember(Guid key) => new(
        keyring.ErasedRows.Where(row => row.Project == key).Select(row => row.Row).ToHashSet(),
        keyring.RewriteOrders.Where(order => order.Project == key).Select(order => order.Id).ToHashSet());

    /// <summary>Gives it with what is confidential in the living project.</summary>
    public async Task<RememberedProject> RememberAsync(KeptProject project, CancellationToken cancellationToken) =>
        new(Remember(project.KeyId), await forms.ListConfidentialNowAsync(project.Id, cancellationToken));

    /// <summary>Lists the submissions of a project that were erased.</summary>
    public IReadOnlySet<Guid> ErasedOf(Guid key) => Remember(key).Rows;

    /// <summary>Refuses what was copied when something of it was erased or made confidential meanwhile: the copy has it still.</summary>
    /// <exception cref="ProblemException"><c>recovery.erased_meanwhile</c>, <c>recovery.hidden_meanwhile</c>.</exception>
    public async Task RequireUnchangedAsync(KeptProject project, RememberedProject before, CancellationToken cancellationToken)
    {
        keyring.Reload();
        var now = Remember(project.KeyId);
        if (!now.Rows.IsSubsetOf(before.Erasures.Rows) || !now.Orders.IsSubsetOf(before.Erasures.Orders)
            || keyring.ErasedProjects.Any(erased => erased.Project == project.KeyId)
            || (await projects.FindAsync(project.Id, cancellationToken))?.ErasedAt is not null)
        {
            throw RecoveryProblems.ErasedMeanwhile(project.Id);
        }

        if (HasChanged(before.Confidential, await forms.ListConfidentialNowAsync(project.Id, cancellationToken)))
        {
            throw RecoveryProblems.HiddenMeanwhile(project.Id);
        }
    }

    private static bool HasChanged(IReadOnlyList<ConfidentialNow> before, IReadOnlyList<ConfidentialNow> now) => now.Any(form =>
        before.FirstOrDefault(one => one.Form == form.Form) is { } known && !form.Flags.ToHashSet().SetEquals(known.Flags));

    /// <summary>Gives the unit that a copy comes to, and a sentence where it is another than the project's.</summary>
    /// <param name="order">Its unit is the one asked for; null for the project's own.</param>
    /// <param name="project">The project of then. The one it is in now counts: somebody may have moved it since, and whoever had it then need not see it any more.</param>
    /// <exception cref="ProblemException"><c>recovery.unit_gone</c>: by whoever stands not at the machine nobody else gets what was in the project.</exception>
    public async Task<(UnitId Unit, IReadOnlyList<string> Told)> UnitForAsync(RecoveryOrder order, KeptProject project, CancellationToken cancellationToken)
    {
        if (order.Unit is { } unit)
        {
            return (unit, []);
        }

        var own = (await projects.FindAsync(project.Id, cancellationToken))?.Unit ?? project.Unit;
        if ((await Places.UnitsBelowAsync(db, own, cancellationToken)).Count > 0)
        {
            return (own, []);
        }

        return order.Asked is not null
            ? throw RecoveryProblems.UnitGone(project.Id)
            : (await places.HomeAsync(cancellationToken), [$"its unit {own} is gone: the copy is in the organisation itself"]);
    }
}
