using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>Says what takes the place of answers: those that were chosen by their method, and those that are made of them by nothing.</summary>
internal sealed class Replacements(Sealer sealer)
{
    private const string HashDomain = "lifecycle.hash";
    private const string PreviewDomain = "lifecycle.hash.preview";
    private const string PseudonymDomain = "lifecycle.pseudonyms.mac";
    private const int HashDigits = 16;

    // One at a time takes a number in a project: those that wait see it then.
    private const string Lock = "select pg_advisory_xact_lock(hashtext('lifecycle.pseudonyms'), @project::integer)";

    private const string Insert = """
        insert into lifecycle.pseudonyms (project_id, mac, number)
        select @project, mac, coalesce((select max(number) from lifecycle.pseudonyms where project_id = @project), 0) + place
        from unnest(@macs::bytea[]) with ordinality as fresh (mac, place)
        where not exists (select from lifecycle.pseudonyms p where p.project_id = @project and p.mac = fresh.mac)
        """;

    private const string Known = "select mac, number from lifecycle.pseudonyms where project_id = @project and mac = any (@macs::bytea[])";

    /// <summary>Reads what a version answers and gives what replaces it.</summary>
    public Task<ReplaceAnswer> OfAsync(
        Tx tx, ProjectRef project, FormDefinition form, byte[] whole, IReadOnlyList<AnswerMethod> methods, CancellationToken cancellationToken) =>
        OfAsync(tx, project, form, whole, methods, static (_, _) => false, cancellationToken);

    private async Task<ReplaceAnswer> OfAsync(
        Tx tx,
        ProjectRef project,
        FormDefinition form,
        byte[] whole,
        IReadOnlyList<AnswerMethod> methods,
        Func<string, string, bool> isReplaced,
        CancellationToken cancellationToken)
    {
        var chosen = methods.ToDictionary(method => method.Path, StringComparer.Ordinal);
        var derived = DerivedFrom(form, chosen.Keys);
        var values = methods.Any(method => method.Method == AnswerMethod.Pseudonym)
            ? InstanceRewriter.Read(whole)
                .Where(answer => chosen.GetValueOrDefault(answer.Key)?.Method == AnswerMethod.Pseudonym && !isReplaced(answer.Key, answer.Value))
                .Select(answer => answer.Value.Trim()).Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).ToList()
            : [];
        var numbers = values.Count == 0 ? [] : await NumbersAsync(tx, project, values, cancellationToken);
        return (path, value) => chosen.GetValueOrDefault(path) switch
        {
            { } method => Replace(project, method, value, numbers),
            null => IsOf(derived, path) ? "" : null,
        };
    }

    /// <summary>Gives what replaces answers of an edit of a submission whose answers were replaced: what the version before says already stays.</summary>
    /// <param name="before">What the version before the edit answers, by question.</param>
    public async Task<ReplaceAnswer> OfEditAsync(
        Tx tx,
        ProjectRef project,
        FormDefinition form,
        byte[] whole,
        IReadOnlyList<AnswerMethod> methods,
        ILookup<string, string> before,
        CancellationToken cancellationToken)
    {
        var chosen = methods.Select(method => method.Path).ToHashSet(StringComparer.Ordinal);
        bool IsReplaced(string path, string value) => chosen.Contains(path) && before[path].Contains(value.Trim(), StringComparer.Ordinal);
        var replace = await OfAsync(tx, project, form, whole, methods, IsReplaced, cancellationToken);
        return (path, value) => IsReplaced(path, value) ? null : replace(path, value);
    }

    /// <summary>
    /// Gives what an answer becomes in a preview. Numbers and hashes are invented: the true ones would tell whoever tries values which answer was
    /// replaced by what.
    /// </summary>
    /// <param name="preview">Of this one showing: equal answers look equal in it, and otherwise in the next.</param>
    public string Preview(ProjectRef project, AnswerMethod method, string value, Guid preview) => method.Method == AnswerMethod.Hash && value.Trim().Length > 0
        ? HashOf(project, $"{PreviewDomain}.{preview:N}", value)
        : Replace(project, method, value, new Dictionary<string, int>(StringComparer.Ordinal));

    /// <summary>Lists what is made of the chosen questions in a form: calculations, the name of the instance, the record of how it was filled in.</summary>
    public static IReadOnlySet<string> DerivedFrom(FormDefinition form, IEnumerable<string> chosen)
    {
        var root = form.XForm.Root.Path;
        var reached = chosen.Select(path => root + path).ToHashSet(StringComparer.Ordinal);
        var wanted = reached.Count;
        var plan = ConfidentialPlan.Of(form.XForm, [.. reached.Select(path => new ConfidentialFlag(path, null, false, null))]);
        while (true)
        {
            foreach (var node in plan.Nodes.Where(node => node.From is { } from && reached.Contains(from)))
            {
                reached.Add(node.Path);
            }

            if (reached.Count == wanted)
            {
                return reached.Select(RewriteSubmission.Below).ToHashSet(StringComparer.Ordinal);
            }

            wanted = reached.Count;
        }
    }

    /// <summary>Says whether what an instance says at a path belongs to one of some questions: is its answer, or an attribute or element that a client put into it.</summary>
    public static bool IsOf(IReadOnlySet<string> questions, string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (questions.Contains(path[..end]))
            {
                return true;
            }
        }

        return false;
    }

    private string Replace(ProjectRef project, AnswerMethod method, string value, Dictionary<string, int> numbers) => method.Method switch
    {
        _ when value.Trim().Length == 0 => value,
        AnswerMethod.Drop => "",
        AnswerMethod.Hash => HashOf(project, HashDomain, value),
        AnswerMethod.Pseudonym => numbers.TryGetValue(value.Trim(), out var number) ? $"P-{number:0000}" : "P-0001",
        _ => method.Generalise(value),
    };

    private string HashOf(ProjectRef project, string domain, string value) =>
        Convert.ToHexStringLower(sealer.BlindIndex(project, domain, value.Trim()))[..HashDigits];

    private async Task<Dictionary<string, int>> NumbersAsync(Tx tx, ProjectRef project, List<string> values, CancellationToken cancellationToken)
    {
        var macs = values.ConvertAll(value => sealer.BlindIndex(project, PseudonymDomain, value));
        var arguments = new { project = project.Id.Value, macs = macs.ToArray() };
        await tx.ExecuteAsync(Lock, new { project = unchecked((int)project.Id.Value) }, cancellationToken);
        await tx.ExecuteAsync(Insert, arguments, cancellationToken);
        var known = (await tx.ListAsync<PseudonymRow>(Known, arguments, cancellationToken)).ToDictionary(row => Convert.ToHexString(row.Mac), row => row.Number);
        return values.Select((value, at) => (value, Number: known[Convert.ToHexString(macs[at])])).ToDictionary(one => one.value, one => one.Number, StringComparer.Ordinal);
    }

    private sealed record PseudonymRow(byte[] Mac, int Number);
}
