using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Ledger.Verification;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>Proves that the versions of a submission stand in the signed ledger since they came: its entries, each with its way to the root.</summary>
internal sealed class ProveSubmission(Db db, Keyring keyring, FindSubmissions find, SubmissionQueries submissions, ProveEntries prove)
{
    // By the ids of all versions: an edit's entry has the id of the version it made.
    private const string Entries = """
        select e.id, e.at, e.actor_id as actor, e.door, e.action, e.project_id as project, e.subject_kind, e.subject_id, e.row_id as row, e.leaf, e.body,
               v.version, v.form_id as form, v.content_mac
        from submissions.versions v
        join ledger.entries_view e on e.subject_kind = 'submission' and e.subject_id = v.instance_id and e.project_id = @project
             and e.action in ('submission.create', 'submission.edit', 'submission.recover', 'submission.rewrite')
        where v.submission_id = @submission order by v.version, e.id
        """;

    /// <summary>Gives the proof; without entries for those to whom it is not told who sent what.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>.
    /// </exception>
    public async Task<SubmissionProof> RunAsync(Actor actor, ProjectRef project, SubmissionPlace place, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionRead, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        var entries = set.Rows.HidesProvenance
            ? []
            : await db.ListAsync<EntryOfVersion>(Entries, new { project = project.Id, submission = row.Id }, cancellationToken);
        var bodies = new EntryBodies(keyring, new Dictionary<long, Guid> { [project.Id.Value] = project.Key });

        // The same id may have been sent to another form, or as a test: what is theirs is not told here.
        var own = entries.Where(entry =>
            bodies.Open(entry.Project, entry.Row, entry.Body, out var plain) == BodyState.Opened
            && VersionEntry.Tells(plain, entry.Form, entry.Version, entry.ContentMac)).ToList();
        return new SubmissionProof(own, await prove.RunAsync([.. own.Select(entry => entry.Id)], cancellationToken));
    }
}

/// <summary>The entries of a submission's versions, and what proves them.</summary>
internal sealed record SubmissionProof(IReadOnlyList<EntryOfVersion> Entries, EntryProofs Proofs);

/// <summary>An entry as its leaf was made of it, and the version it tells of.</summary>
internal sealed record EntryOfVersion(
    long Id,
    DateTimeOffset At,
    long Actor,
    string Door,
    string Action,
    long Project,
    string SubjectKind,
    string SubjectId,
    Guid Row,
    byte[] Leaf,
    byte[] Body,
    int Version,
    long Form,
    byte[] ContentMac);
