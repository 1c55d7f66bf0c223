using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Lifecycle.Trash;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>
/// Does what retention rules say, once a day each: page by page in the order submissions came, each page or submission with its place in one
/// transaction, so that it may die anywhere and goes on there. A step of the background, while the clock is believed; nobody asks for it.
/// </summary>
internal sealed class RunRetention(
    Db db,
    KeptProjects projects,
    RetentionRows rules,
    RetentionRuns runs,
    OverdueByRule overdue,
    FormConfidence confidence,
    TrashOverdue trash,
    RewriteSubmission rewrite,
    RetentionLetters letters,
    RetentionBooks books,
    ReportRows reports,
    ClockGuard guard,
    Suspensions suspensions,
    IEnumerable<KeptOfAnswers> kept,
    TimeProvider clock)
{
    private const int AtOnce = 100;

    // What people ordered waits no longer than this behind it, and no project's rule longer than that behind another's.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan LongestOfOne = TimeSpan.FromMinutes(1);

    // How the submission was filled in: each answer with its question, and the name of who was asked to give theirs.
    private const string AuditFile = "/meta/audit";

    // What the device fills in about itself and its owner.
    private const string OfDevice = "property";

    private static readonly Actor Itself = Actor.System(Door.Job);

    // The rule at which the last round ended: the next begins behind it.
    private long _last;

    /// <summary>Does one round. A rule that fails keeps no other from its turn.</summary>
    /// <exception cref="AggregateException">Rules that failed, after all others were done.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        var begun = clock.GetTimestamp();
        foreach (var rule in (await rules.ListAllAsync(cancellationToken)).OrderBy(rule => rule.Id <= _last).ThenBy(rule => rule.Id))
        {
            // A round can take hours, and a clock can jump within it.
            if (clock.GetElapsedTime(begun) > Longest || !await guard.IsBelievedAsync(cancellationToken))
            {
                break;
            }

            _last = rule.Id;
            try
            {
                // A project in the trash goes as a whole. In a suspended one nobody could take a rule back.
                if (await projects.FindAsync(rule.ProjectId, cancellationToken) is { DeletedAt: null } project
                    && !await suspensions.IsKeptAsync(project.Id, cancellationToken))
                {
                    await RunAsync(project.Ref, rule, cancellationToken);
                }
            }
            catch (RetentionStopped)
            {
                // Taken back or changed: the next round goes by what it is then.
            }
#pragma warning disable CA1031 // It is told to whoever runs the round, after the others had their turn.
            catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failures.Add(problem);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    private async Task RunAsync(ProjectRef project, RetentionRule rule, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (rule.ToldAt is null && rule.ActsFrom - RetentionRule.LastWord <= now)
        {
            await TellAsync(project, rule, now, cancellationToken);
        }

        if (rule.DaysAt(now) is { } days && await runs.BeginAsync(rule, days, cancellationToken) is { } run)
        {
            var due = await overdue.OfAsync(project.Id, rule.Kind, rule.FormId, run.Before, cancellationToken);
            var touched = new HashSet<FormId>();
            try
            {
                if (await GoOnAsync(project, run, due, touched, cancellationToken))
                {
                    await EndAsync(project, run, due, cancellationToken);
                }
            }
            finally
            {
                // Whatever ended the round, what was taken out is in no export any more.
                await DropExportsAsync(touched);
            }
        }
    }

    private async Task TellAsync(ProjectRef project, RetentionRule rule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var soonest = RetentionRule.Second(now) + RetentionRule.LastWord;
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await RetentionRows.TellAsync(tx, rule, now, cancellationToken))
        {
            await letters.LastAsync(tx, project, rule with { ActsFrom = rule.ActsFrom > soonest ? rule.ActsFrom : soonest }, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
    }

    // False when it goes on in the next round.
    private async Task<bool> GoOnAsync(
        ProjectRef project, RetentionRun run, Overdue due, HashSet<FormId> touched, CancellationToken cancellationToken)
    {
        var place = new OverduePlace(run.FormId, run.IsDraft, run.Sequence);
        var begun = clock.GetTimestamp();
        var young = await OverdueRows.ListYoungAsync(db, due, cancellationToken);
        while (await OverdueRows.ListAsync(db, due, young, place, AtOnce, cancellationToken) is { Count: > 0 } page)
        {
            if (clock.GetElapsedTime(begun) > LongestOfOne || !await guard.IsBelievedAsync(cancellationToken)
                || await suspensions.IsKeptAsync(project.Id, cancellationToken))
            {
                return false;
            }

            touched.UnionWith(page.Select(row => row.FormId));
            if (due.What == OverdueWhat.Whole)
            {
                await trash.RunAsync(
                    Itself,
                    project,
                    [.. page.Select(row => row.Id)],
                    async (tx, moved, token) =>
                    {
                        await RetentionRuns.AdvanceAsync(tx, run, page[^1], new RewrittenCount(moved, 0, 0, 0, 0), 0, token);
                        foreach (var form in page.Select(row => row.FormId).Distinct())
                        {
                            await KeptOfAnswers.TellAsync(tx, form, token);
                        }
                    },
                    cancellationToken);
            }
            else
            {
                foreach (var row in page)
                {
                    await RewriteAsync(project, run, due.What, row, cancellationToken);
                }
            }

            place = page[^1].Place;
        }

        return true;
    }

    private async Task RewriteAsync(ProjectRef project, RetentionRun run, OverdueWhat what, OverdueRow row, CancellationToken cancellationToken)
    {
        var how = HowOf(what) with
        {
            NoteAsync = (tx, _, count, token) => RetentionRuns.AdvanceAsync(tx, run, row, count, 0, token),
        };
        try
        {
            await rewrite.RunAsync(Itself, project, row.Id, how, cancellationToken);
        }
#pragma warning disable CA1031 // Nothing is hidden: it counts as failed, and the database must answer for that to be written down.
        catch (Exception problem) when (problem is not RetentionStopped && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            await RetentionRuns.AdvanceAsync(tx, run, row, default, 1, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
    }

    private Submissions.Purging.Rewriting HowOf(OverdueWhat what) => new("retention")
    {
        DropsFiles = what == OverdueWhat.Files,
        DropsSender = what == OverdueWhat.Sender,
        DropsConfidential = what == OverdueWhat.Confidential,
        LeavesEncrypted = what != OverdueWhat.Sender,
        AnswersAsync = what switch
        {
            OverdueWhat.Confidential => (_, form, _, token) => WithoutConfidentialAsync(form, token),
            OverdueWhat.Sender => (_, form, _, _) => Task.FromResult(WithoutDevice(form)),
            _ => null,
        },
    };

    // A round can take minutes: what was marked since it began has its notice still.
    private async Task<XForms.Instances.ReplaceAnswer> WithoutConfidentialAsync(Forms.FormDefinition form, CancellationToken cancellationToken)
    {
        if ((await confidence.ListMarkedSinceAsync([form.Form], clock.GetUtcNow() - RetentionRule.Notice, cancellationToken)).Count > 0)
        {
            throw new RetentionStopped();
        }

        return (path, _) => path == AuditFile || form.Confidential.TakesOut(form.XForm.Root.Path + path) ? "" : null;
    }

    private static XForms.Instances.ReplaceAnswer WithoutDevice(Forms.FormDefinition form)
    {
        var told = form.XForm.ListElements().OfType<QuestionElement>().Where(question => question.Preload == OfDevice)
            .Select(question => RewriteSubmission.Below(question.Path)).ToList();
        var gone = Replacements.DerivedFrom(form, told);
        return (path, _) => path == AuditFile || Replacements.IsOf(gone, path) ? "" : null;
    }

    private async Task EndAsync(ProjectRef project, RetentionRun run, Overdue due, CancellationToken cancellationToken)
    {
        var left = await OverdueRows.CountAsync(db, due, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await runs.FinishAsync(tx, run, left, cancellationToken) is not { } done)
        {
            return;
        }

        if (done.Submissions + done.Held + done.Failed > 0)
        {
            await books.RanAsync(tx, Itself, project, done, cancellationToken);
        }

        if (done.Submissions > 0 && due.What != OverdueWhat.Whole)
        {
            var counts = new ReportCounts { Submissions = done.Submissions, Answers = done.Answers, Files = done.Files, Held = done.Held };
            await reports.JoinAsync(tx, Itself, new NewReport(project, "retention", counts, null), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }

    private async Task DropExportsAsync(HashSet<FormId> forms)
    {
        foreach (var form in forms)
        {
            foreach (var one in kept)
            {
                await one.DropAsync(form);
            }
        }
    }
}
