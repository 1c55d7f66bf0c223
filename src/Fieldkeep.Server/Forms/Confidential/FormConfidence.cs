using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms.Confidential;

/// <summary>Knows what is confidential in any version of a form: tables show all versions beside each other.</summary>
internal sealed class FormConfidence(Db db, FormCatalogue catalogue, TimeProvider clock)
{
    private const string Versions = """
        select id from forms.versions where form_id = @form
        """;

    private const string Unsplit = """
        select f.id, f.project_id, counted.number, counted.is_settled
        from (
            select form_id, count(*)::integer as number, bool_and(takes_effect_at <= @settled) as is_settled from forms.confidential_flags
            where withdrawn_at is null and takes_effect_at <= @now group by form_id) counted
        join forms.forms f on f.id = counted.form_id
        where f.confidential_split < counted.number and f.deleted_at is null
        order by f.id
        """;

    private const string Marked = """
        select distinct form_id from forms.confidential_flags
        where form_id = any (@forms) and kind = 'marked' and withdrawn_at is null and takes_effect_at > @since
        """;

    // Longer than any process goes on by what it knew before, and than what it received by that takes to be written.
    private static readonly TimeSpan UntilSettled = TimeSpan.FromSeconds(20);

    private const string Split = "update forms.forms set confidential_split = @number where id = @id and confidential_split < @number";

    private const string SplitAnew = "update forms.forms set confidential_split = 0 where project_id = @project and confidential_split > 0";

    /// <summary>Lists the forms whose versions are not all split by what counts now.</summary>
    public Task<IReadOnlyList<UnsplitForm>> ListUnsplitAsync(CancellationToken cancellationToken) =>
        db.ListAsync<UnsplitForm>(Unsplit, new { now = clock.GetUtcNow(), settled = clock.GetUtcNow() - UntilSettled }, cancellationToken);

    /// <summary>Lists those of some forms in which a question was marked since a moment.</summary>
    public async Task<IReadOnlySet<FormId>> ListMarkedSinceAsync(IEnumerable<FormId> forms, DateTimeOffset since, CancellationToken cancellationToken) =>
        (await db.ListAsync<FormId>(Marked, new { forms = forms.Select(form => form.Value).ToArray(), since }, cancellationToken)).ToHashSet();

    /// <summary>Notes that all versions of a form are split by a number.</summary>
    public static Task NoteSplitAsync(Tx tx, UnsplitForm form, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Split, new { id = form.Id, number = form.Number }, cancellationToken);

    /// <summary>Has the versions of a project's forms looked through again: some came after that was noted that are split by an older number.</summary>
    public static Task SplitAnewAsync(Tx tx, ProjectId project, CancellationToken cancellationToken) => tx.ExecuteAsync(SplitAnew, new { project }, cancellationToken);

    /// <summary>Tells whether any version of a form has a confidential question, or had one that submissions were split by.</summary>
    public async Task<bool> HasConfidentialAsync(FormId form, CancellationToken cancellationToken)
    {
        foreach (var version in await db.ListAsync<FormVersionId>(Versions, new { form }, cancellationToken))
        {
            var definition = await catalogue.GetDefinitionAsync(version, cancellationToken);
            if (!definition.Confidential.IsEmpty || definition.ConfidentialNumber > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Refuses to ask answers that are confidential in any version of a form, of whomever: what fits tells what they hold.</summary>
    /// <param name="paths">Paths of questions below the root, such as <c>/group/question</c>.</param>
    /// <exception cref="ProblemException"><c>answers.confidential</c>.</exception>
    public async Task RequireOpenAsync(FormId form, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var asked = paths.ToList();
        if (asked.Count == 0)
        {
            return;
        }

        var hidden = await ListPathsAsync(form, cancellationToken);
        if (asked.Find(path => hidden.Contains(path.StartsWith('/') ? path : "/" + path)) is { } first)
        {
            throw FormProblems.ConfidentialAsked(first);
        }
    }

    /// <summary>Gives the paths below the root of all questions that are confidential in any version of a form.</summary>
    public async Task<IReadOnlySet<string>> ListPathsAsync(FormId form, CancellationToken cancellationToken)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var version in await db.ListAsync<FormVersionId>(Versions, new { form }, cancellationToken))
        {
            paths.UnionWith((await catalogue.GetDefinitionAsync(version, cancellationToken)).Confidential.Nodes.Select(node => BelowRoot(node.Path)));
        }

        return paths;
    }

    private static string BelowRoot(string path) => path.IndexOf('/', 1) is > 0 and var at ? path[at..] : path;
}

/// <summary>A form whose versions are not all split by what counts now.</summary>
/// <param name="Number">How many lines have taken effect.</param>
/// <param name="IsSettled">Whether nothing can be on its way any more that was split by an older number.</param>
internal sealed record UnsplitForm(FormId Id, long ProjectId, int Number, bool IsSettled);
