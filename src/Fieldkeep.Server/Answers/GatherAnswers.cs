using System.Collections.Concurrent;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Answers;

/// <summary>Gathers answers into segments in the background: one form at a time, slowly while phones send.</summary>
internal sealed partial class GatherAnswers(
    Db db, ProjectRefs projects, GatherForm gather, GatherPace pace, TimeProvider clock, ILogger<GatherAnswers> log)
    : BackgroundService, IWatchedLoop
{
    // One line for each form. What differs from the last time, or is enough for a segment, is looked at.
    private const string State = """
        select f.id, f.project_id, f.xml_form_id,
               (select count(*) from (
                   select from submissions.submissions_view s
                   where s.form_id = f.id and s.sequence > coalesce(
                       (select max(g.through_sequence) from answers.segments g where g.form_id = f.id), 0)
                   order by s.sequence limit @enough) tail) >= @enough as has_tail,
               (select count(*) from (
                   select from submissions.changes_view c where c.form_id = f.id limit @enough) changed) as changes,
               (select count(*) from answers.segments g where g.form_id = f.id) as segments,
               (select coalesce(max(g.through_sequence) - sum(g.through_sequence - g.after_sequence), 0)::bigint
                   from answers.segments g where g.form_id = f.id) as uncovered
        from forms.published_view f order by f.id
        """;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(30);

    // The server at rest has about half of it.
    private const long WorthGivingBack = 96 * 1024 * 1024;

    // Forms that had no work, and by which rules.
    private readonly ConcurrentDictionary<FormId, (FormState Form, GatherRules Rules, long Life)> _seen = new();

    // Forms whose gathering failed, and when it is tried again.
    private readonly ConcurrentDictionary<FormId, DateTimeOffset> _failed = new();
    private readonly RoundWatch _watch = new();
    private bool _isHoldingBuffers;

    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watch.FailingFor;

    /// <summary>Does one round: every form that has work gets one piece of it done. False when none had any.</summary>
    public async Task<bool> RunAsync(GatherRules rules, CancellationToken cancellationToken)
    {
        var worked = false;
        var life = db.Life.Number;
        var forms = await db.ListAsync<FormState>(State, new { enough = rules.TailRows }, cancellationToken);
        foreach (var gone in _failed.Keys.Except(forms.Select(form => form.Id)))
        {
            _failed.TryRemove(gone, out _);
        }

        foreach (var form in forms)
        {
            _watch.Move();
            if (!form.HasTail && _seen.TryGetValue(form.Id, out var seen) && seen == (form, rules, life))
            {
                // Also what failed and was done nevertheless, as by a commit whose answer was lost.
                _failed.TryRemove(form.Id, out _);
                continue;
            }

            if (_failed.TryGetValue(form.Id, out var until) && clock.GetUtcNow() < until)
            {
                continue;
            }

            try
            {
                var project = await projects.GetRefAsync(form.ProjectId, cancellationToken);
                var set = new SubmissionSet(project, form.Id, form.XmlFormId, IsDraft: false, RowLimits.All);
                if (await gather.RunAsync(set, rules, cancellationToken))
                {
                    worked = true;
                    _failed.TryRemove(form.Id, out _);
                    continue;
                }
            }
            catch (ProblemException)
            {
                // The form or its project went into the trash meanwhile.
            }
#pragma warning disable CA1031 // One form must not keep the others from being gathered.
            catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogFormFailed(log, form.Id.Value, problem);
                _failed[form.Id] = clock.GetUtcNow() + AfterFailure;
                continue;
            }

            _failed.TryRemove(form.Id, out _);
            _seen[form.Id] = (form, rules, life);
        }

        return worked;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Every;
            try
            {
                _watch.Move();
                var hasWorked = await RunAsync(new GatherRules(), stoppingToken);

                // A form that fails again and again is one whose filters stay slow: that is a failure, too.
                _watch.End(_failed.IsEmpty);
                GiveBack(hasWorked);
                pause = hasWorked ? TimeSpan.Zero : Every;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                _watch.End(isDone: false);
                LogFailed(log, problem);
                pause = AfterFailure;
            }

            await Task.Delay(pause, stoppingToken).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    // Otherwise the buffers of a long gathering stay with the process for hours: 285 MiB at rest after 100,000
    // submissions. It stops the process for some hundredths of a second, so not while phones wait.
    private void GiveBack(bool hasWorked)
    {
        _isHoldingBuffers |= hasWorked;
        if (!_isHoldingBuffers || hasWorked || pace.IsRush())
        {
            return;
        }

        _isHoldingBuffers = false;
        if (GC.GetGCMemoryInfo().TotalCommittedBytes > WorthGivingBack)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Gathering answers for filters failed; filters open submissions one by one until it works again.")]
    private static partial void LogFailed(ILogger log, Exception problem);

    [LoggerMessage(2, LogLevel.Warning, "Gathering answers of form {Form} for filters failed; filters open its submissions one by one until it works again.")]
    private static partial void LogFormFailed(ILogger log, long form, Exception problem);

    private sealed record FormState(
        FormId Id, ProjectId ProjectId, string XmlFormId, bool HasTail, long Changes, long Segments, long Uncovered);
}
