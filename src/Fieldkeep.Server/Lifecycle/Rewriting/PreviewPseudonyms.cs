using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>Shows on the newest submissions what their answers would become, and what else goes with them. Changes nothing.</summary>
internal sealed class PreviewPseudonyms(
    Db db,
    Policy policy,
    FindSubmissions find,
    RewriteQuestions questions,
    SubmissionQueries submissions,
    StoredXml stored,
    FormCatalogue catalogue,
    Replacements replacements,
    AuditLog audit,
    TimeProvider clock)
{
    /// <summary>So many are shown.</summary>
    public const int Shown = 20;

    /// <summary>Shows them; confidential answers stay covered.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>rewrite.question</c>, <c>rewrite.method</c>, <c>submission.damaged</c>.
    /// </exception>
    public async Task<RewritePreview> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, IReadOnlyList<AnswerMethod> methods, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        var set = await find.RunAsync(actor, Permission.SubmissionRead, project, xmlFormId, isDraft: false, cancellationToken);
        LifecycleProblems.RequireWholeSight(set.Rows);
        var form = await questions.CheckAsync(project, xmlFormId, methods, cancellationToken);
        await audit.AppendAsync(db, actor, new AuditEvent("form.rewrite_preview", project.Id, "form", form.ToString(), null), cancellationToken);
        var preview = Guid.CreateVersion7(clock.GetUtcNow());
        var chosen = methods.ToDictionary(method => method.Path, StringComparer.Ordinal);
        var (rows, derived) = (new List<PreviewedRow>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var row in (await submissions.ListAsync(set, SubmissionCursor.Newest, Shown, cancellationToken)).Items)
        {
            if (row.EncryptedOrdinal is null)
            {
                derived.UnionWith(Replacements.DerivedFrom(await catalogue.GetDefinitionAsync(row.FormVersionId, cancellationToken), chosen.Keys));
                var xml = await stored.GetAsync(project, row.Id, row.CurrentVersion, row.InstanceId, cancellationToken);
                rows.Add(new PreviewedRow(
                    row.InstanceId,
                    [
                        .. InstanceRewriter.Read(xml).Where(answer => chosen.ContainsKey(answer.Key) && answer.Value.Trim().Length > 0)
                            .Select(answer => new PreviewedAnswer(answer.Key, answer.Value, replacements.Preview(project, chosen[answer.Key], answer.Value, preview))),
                    ]));
            }
        }

        derived.ExceptWith(chosen.Keys);
        var count = await RewriteQueue.CountAsync(db, project.Id, form, clock.GetUtcNow(), cancellationToken);
        return new RewritePreview(count, [.. derived], rows);
    }
}

/// <summary>What would become of answers.</summary>
/// <param name="Submissions">How many submissions it touches: the number to be typed.</param>
/// <param name="Derived">What is made of the chosen questions and is emptied with them.</param>
/// <param name="Rows">The newest submissions.</param>
internal sealed record RewritePreview(long Submissions, IReadOnlyList<string> Derived, IReadOnlyList<PreviewedRow> Rows);

/// <summary>One submission of a preview.</summary>
internal sealed record PreviewedRow(string InstanceId, IReadOnlyList<PreviewedAnswer> Answers);

/// <summary>One answer of a preview.</summary>
/// <param name="Before">As it is; a mark where it is confidential.</param>
/// <param name="After">As it would be; of pseudonyms and hashes only the shape.</param>
internal sealed record PreviewedAnswer(string Path, string Before, string After);
