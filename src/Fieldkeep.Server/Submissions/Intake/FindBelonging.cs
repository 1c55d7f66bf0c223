using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Looks whether what drained submissions belong to is in this database. Rooms have no foreign keys into each other, and a database that was put back may lack
/// some of it, or have given its numbers to others since: what is younger than a submission is not what that one meant. What was let in by kept rows while the
/// database was away is looked at once more by its own.
/// </summary>
internal sealed class FindBelonging(Db db, KeysOfProjects keys, RightsSince rights)
{
    /// <summary>Why one is set aside.</summary>
    public const string NoProject = "project.missing";

    /// <inheritdoc cref="NoProject"/>
    public const string NoForm = "form.missing";

    /// <inheritdoc cref="NoProject"/>
    public const string NoSender = "sender.missing";

    /// <inheritdoc cref="NoProject"/>
    public const string NoDeployment = "deployment.missing";

    /// <summary>Why one is set aside that was let in by kept rows, while the database was away: its sender had ended before.</summary>
    public const string SenderEnded = "sender.ended";

    /// <inheritdoc cref="SenderEnded"/>
    public const string FormClosed = "form.closed";

    /// <inheritdoc cref="SenderEnded"/>
    public const string DeploymentClosed = "deployment.closed";

    /// <inheritdoc cref="SenderEnded"/>
    public const string NotAllowed = "access.denied";

    private const string Changed = """
        select exists (
            select from ledger.entries_view
            where subject_kind = @kind and subject_id = @id and (@action::text is null or action = @action) and at > @since and at <= @until)
        """;

    // What is written into the ledger counts from its commit on.
    private static readonly TimeSpan Uncommitted = TimeSpan.FromMinutes(1);

    // Two servers' clocks may differ by as much.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Whether a reason is about its sender's rights alone: a person may accept it nevertheless.</summary>
    public static bool IsOfRights(string why) => why is SenderEnded or FormClosed or DeploymentClosed or NotAllowed;

    /// <summary>Gives what is missing of each, by its id; nothing for those that belong here.</summary>
    public async Task<IReadOnlyDictionary<SubmissionId, string>> RunAsync(IReadOnlyList<NewSubmission> submissions, CancellationToken cancellationToken)
    {
        // By this database, whatever let them in.
        WhileAway.Leave();
        var projects = await keys.ListAsync(db, submissions.Select(one => one.Project.Id), cancellationToken);
        var versions = (await FormsThen.ListAsync(db, submissions.Select(one => one.FormVersion), cancellationToken)).ToDictionary(row => row.Id);
        var actors = (await ActorsThen.ListAsync(db, submissions.Select(one => one.Submitter.Id), cancellationToken)).ToDictionary(row => row.Id);
        var deployments = (await DeploymentsThen.ListAsync(db, submissions.Select(one => one.Deployment).OfType<DeploymentId>(), cancellationToken))
            .ToDictionary(row => row.Id);
        var missing = new Dictionary<SubmissionId, string>();
        foreach (var submission in submissions)
        {
            var latest = submission.ReceivedAt + Tolerance;
            var why = projects.GetValueOrDefault(submission.Project.Id) != submission.Project.Key ? NoProject
                : !IsForm(submission, versions.GetValueOrDefault(submission.FormVersion), latest) ? NoForm
                : !IsSender(submission, actors.GetValueOrDefault(submission.Submitter.Id), latest) ? NoSender
                : submission.Deployment is { } deployment && !IsDeployment(submission, deployments.GetValueOrDefault(deployment), latest) ? NoDeployment
                : submission.AllowedAt is null ? null
                : await FindRevokedAsync(
                    submission,
                    versions[submission.FormVersion],
                    actors.GetValueOrDefault(submission.Submitter.Id),
                    submission.Deployment is { } place ? deployments.GetValueOrDefault(place) : null,
                    cancellationToken);
            if (why is not null)
            {
                missing[submission.Id] = why;
            }
        }

        return missing;
    }

    // What was taken away after it was let in does not count against it.
    private async Task<string?> FindRevokedAsync(
        NewSubmission submission, VersionThen version, ActorThen? sender, DeploymentThen? deployment, CancellationToken cancellationToken)
    {
        var at = submission.ReceivedAt;
        return sender?.EndedAt <= at || !await CredentialsThen.WereGoodAsync(db, submission.Submitter, at, cancellationToken) ? SenderEnded
            : version.ClosedAt is { } closed && (closed <= at || await WasChangedAsync("form", $"{submission.Form}", "form.set_state", submission, cancellationToken)) ? FormClosed
            : deployment?.ClosedAt is { } ended && (ended <= at || await WasChangedAsync("deployment", $"{deployment.Id}", null, submission, cancellationToken)) ? DeploymentClosed
            : await rights.MayHaveHadAsync(submission.Submitter, Permission.SubmissionCreate, submission.Project.Id, submission.Form, at, cancellationToken)
                ? null
                : NotAllowed;
    }

    // Changed once more since, nothing tells by itself when it was closed. It was open when the kept rows were read: closed since then, or later than the submission.
    private Task<bool> WasChangedAsync(string kind, string id, string? action, NewSubmission submission, CancellationToken cancellationToken) => db.GetAsync<bool>(
        Changed, new { kind, id, action, since = submission.AllowedAt - Uncommitted, until = submission.ReceivedAt }, cancellationToken);

    private static bool IsForm(NewSubmission submission, VersionThen? version, DateTimeOffset latest) =>
        version is not null && version.FormId == submission.Form && version.ProjectId == submission.Project.Id && version.CreatedAt <= latest;

    // Who tests a draft is nobody in particular; the server itself sends the answers of the sample project.
    private static bool IsSender(NewSubmission submission, ActorThen? actor, DateTimeOffset latest) => submission.Submitter.Kind switch
    {
        ActorKind.DraftTester or ActorKind.System => true,
        var kind => actor is not null && actor.Kind == kind && actor.CreatedAt <= latest && (actor.Project is null || actor.Project == submission.Project.Id),
    };

    private static bool IsDeployment(NewSubmission submission, DeploymentThen? deployment, DateTimeOffset latest) =>
        deployment is not null && deployment.FormId == submission.Form && deployment.CreatedAt <= latest;
}
