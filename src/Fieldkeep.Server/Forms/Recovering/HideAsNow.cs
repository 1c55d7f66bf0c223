using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Confidentiality;

namespace Fieldkeep.Server.Forms.Recovering;

/// <summary>
/// Hides in the forms of a restored database what is confidential in the living ones now, before anything is read of them; what was to be lifted later than
/// the moment that was restored stays hidden, for somebody may have taken that back since. Of then and now the stricter counts.
/// </summary>
internal sealed class HideAsNow(Db db, ConfidentialFlags flags, FormCatalogue catalogue)
{
    private const string Forms = "select id, xml_form_id, created_at from forms.forms where project_id = @project order by id";

    /// <summary>Does it in the restored database, in one transaction.</summary>
    /// <param name="asOf">The moment that was restored.</param>
    /// <param name="now">The project's forms in the living one.</param>
    public async Task<HiddenAsNow> RunAsync(
        Actor actor, ProjectRef project, DateTimeOffset asOf, IReadOnlyList<ConfidentialNow> now, CancellationToken cancellationToken)
    {
        var (hidden, waiting, gone) = (0, 0, new List<string>());
        await using var tx = await db.BeginAsync(cancellationToken);
        var forms = await tx.ListAsync<FormThen>(Forms, new { project = project.Id }, cancellationToken);
        foreach (var form in forms)
        {
            var living = now.FirstOrDefault(one => one.Form == form.Id && one.CreatedAt == form.CreatedAt);
            if (living is null)
            {
                gone.Add(form.XmlFormId);
            }

            waiting += await flags.WithdrawWaitingAsync(tx, form.Id, asOf, cancellationToken);
            hidden += await HideAsync(tx, actor, project, form.Id, asOf, living?.Flags, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        foreach (var form in forms)
        {
            catalogue.ForgetConfidential();
        }

        return new HiddenAsNow(hidden, waiting, gone);
    }

    /// <summary>Gives the stricter of what counted then and what counts now; null where the form alone decides.</summary>
    internal static ConfidentialFlag? Stricter(ConfidentialFlag? then, ConfidentialFlag? now) => (then, now) switch
    {
        ({ IsDeclassified: true }, { IsDeclassified: false }) or (null, { IsDeclassified: false }) => now,
        ({ IsDeclassified: true }, null) => null,
        ({ IsDeclassified: false } was, { IsDeclassified: false } counts) => was with { Radius = Wider(was.Radius, counts.Radius) },

        // The form's own mark may count again, and shows no displaced point.
        ({ IsDeclassified: false } was, null) => was with { Radius = null },
        _ => then,
    };

    // Lines are added and none that may have counted is taken back: versions are split anew when there are more of them.
    private async Task<int> HideAsync(
        Tx tx, Actor actor, ProjectRef project, FormId form, DateTimeOffset asOf, IReadOnlyList<ConfidentialFlag>? living, CancellationToken cancellationToken)
    {
        var then = (await ConfidentialFlags.ListInEffectAsync(tx, form, asOf, cancellationToken)).ToDictionary(flag => flag.Path, StringComparer.Ordinal);
        var here = (await flags.ListInEffectAsync(tx, form, cancellationToken)).ToDictionary(flag => flag.Path, StringComparer.Ordinal);
        var now = living?.ToDictionary(flag => flag.Path, StringComparer.Ordinal) ?? then;
        var hidden = 0;
        foreach (var path in then.Keys.Union(here.Keys).Union(now.Keys).Order(StringComparer.Ordinal))
        {
            var wanted = Stricter(then.GetValueOrDefault(path), now.GetValueOrDefault(path));
            hidden += IsSame(wanted, then.GetValueOrDefault(path)) ? 0 : 1;
            if (!IsSame(wanted, here.GetValueOrDefault(path)) && wanted is not { IsDeclassified: true })
            {
                var kind = wanted is null ? ConfidentialLine.Removed : ConfidentialLine.Marked;
                await flags.InsertAsync(
                    tx, actor, project, form, new NewConfidentialLine(path, kind, wanted?.Radius, null, TimeSpan.Zero), cancellationToken);
            }
        }

        return hidden;
    }

    private static bool IsSame(ConfidentialFlag? one, ConfidentialFlag? other) =>
        one is null ? other is null : other is not null && one.IsDeclassified == other.IsDeclassified && one.Radius == other.Radius;

    // A point that is not shown at all is the best hidden.
    private static double? Wider(double? one, double? other) => one is null || other is null ? null : Math.Max(one.Value, other.Value);

    private sealed record FormThen(FormId Id, string XmlFormId, DateTimeOffset CreatedAt);
}

/// <summary>What is confidential in a form of the living project now, beside what the form says.</summary>
internal sealed record ConfidentialNow(FormId Form, DateTimeOffset CreatedAt, IReadOnlyList<ConfidentialFlag> Flags);

/// <summary>Tells what was hidden.</summary>
/// <param name="Questions">Questions that are hidden better than they were then.</param>
/// <param name="Waiting">Decisions of then to hide less that did not count yet.</param>
/// <param name="Gone">Forms that the living project has no more: what was hidden in them since is not known.</param>
internal sealed record HiddenAsNow(int Questions, int Waiting, IReadOnlyList<string> Gone);
