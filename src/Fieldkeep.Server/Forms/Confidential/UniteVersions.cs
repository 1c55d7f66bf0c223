using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Forms.Confidential;

/// <summary>
/// Sees to it that a question which is confidential in one published version of a form is so in all of them: phones go on sending what they
/// have, and a new version without the mark must not open what people answered under it. What shall be open is declassified, for all
/// versions, as <see cref="SetConfidentialFlag"/> asks for it.
/// </summary>
internal sealed class UniteVersions(ConfidentialFlags flags, FormCatalogue catalogue)
{
    // Whether a mark stands in any version; the form's own columns and binds bear that word.
    private const string HasMarks = """
        select exists (
            select from forms.versions where form_id = @form and published_at is not null and xform like '%confidential%')
        """;

    private const string Versions = "select id from forms.versions where form_id = @form and published_at is not null order by id";

    /// <summary>Adds the lines that are missing, in the transaction that publishes; gives the paths they are for.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(
        Tx tx, Actor actor, ProjectRef project, FormId form, CancellationToken cancellationToken)
    {
        List<ConfidentialFlag> beside = [.. await flags.ListInEffectAsync(tx, form, cancellationToken)];
        if (beside.Count == 0 && !await tx.GetAsync<bool>(HasMarks, new { form }, cancellationToken))
        {
            return [];
        }

        var models = new List<XForm>();
        foreach (var version in await tx.ListAsync<FormVersionId>(Versions, new { form }, cancellationToken))
        {
            models.Add((await catalogue.GetDefinitionAsync(version, cancellationToken)).XForm);
        }

        var lines = ListMissing(models, beside);
        foreach (var line in lines)
        {
            await flags.InsertAsync(
                tx, actor, project, form, new NewConfidentialLine(line.Path, ConfidentialLine.Marked, line.Radius, null, TimeSpan.Zero), cancellationToken);
        }

        return [.. lines.Select(line => line.Path)];
    }

    /// <summary>Gives the lines with which all versions hide the same questions; each may make others of what is made of them.</summary>
    internal static IReadOnlyList<ConfidentialFlag> ListMissing(IReadOnlyList<XForm> models, IReadOnlyList<ConfidentialFlag> beside)
    {
        var lines = new Dictionary<string, ConfidentialFlag>(StringComparer.Ordinal);
        while (true)
        {
            var more = ListMissingOnce(models, [.. beside.Where(flag => !lines.ContainsKey(flag.Path)), .. lines.Values]);
            if (more.All(line => lines.TryGetValue(line.Path, out var known) && known.Radius == line.Radius))
            {
                return [.. lines.Values];
            }

            foreach (var line in more)
            {
                lines[line.Path] = line;
            }
        }
    }

    private static IReadOnlyList<ConfidentialFlag> ListMissingOnce(IReadOnlyList<XForm> models, IReadOnlyCollection<ConfidentialFlag> beside)
    {
        var plans = models.Select(model => ConfidentialPlan.Of(model, beside)).ToList();
        var radii = new Dictionary<string, double?>(StringComparer.Ordinal);
        foreach (var node in plans.SelectMany(plan => plan.Nodes))
        {
            var path = BelowRoot(node.Path);
            radii[path] = radii.TryGetValue(path, out var known) ? Wider(known, node.Radius) : node.Radius;
        }

        var open = beside.Where(flag => flag.IsDeclassified).Select(flag => flag.Path).ToHashSet(StringComparer.Ordinal);
        var missing = new Dictionary<string, ConfidentialFlag>(StringComparer.Ordinal);
        for (var at = 0; at < models.Count; at++)
        {
            foreach (var question in models[at].ListElements().OfType<QuestionElement>())
            {
                if (radii.TryGetValue(BelowRoot(question.Path), out var radius) && !open.Contains(question.Path)
                    && (plans[at].Find(question.Path) is not { } node || node.Radius != radius))
                {
                    missing[question.Path] = new ConfidentialFlag(question.Path, radius, false, null);
                }
            }
        }

        return [.. missing.Values];
    }

    // A point that is not shown at all is the best hidden.
    private static double? Wider(double? one, double? other) => one is null || other is null ? null : Math.Max(one.Value, other.Value);

    private static string BelowRoot(string path) => path.IndexOf('/', 1) is > 0 and var at ? path[at..] : path;
}
