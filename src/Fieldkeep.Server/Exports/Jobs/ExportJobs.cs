using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Exports.Spool;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Exports.Jobs;

/// <summary>Keeps the exports made in the background: makes them in turn, and forgets them after a day.</summary>
/// <remarks>They are kept in this process only, with the keys of their files: a restart forgets them all.</remarks>
internal sealed partial class ExportJobs(
    PrepareExport prepare,
    WriteExport exporter,
    SpoolFolder spool,
    SpoolLimits limits,
    Measures measures,
    OwnServer own,
    ChangeSignals signals,
    TimeProvider clock,
    ILogger<ExportJobs> log)
    : BackgroundService, IWatchedLoop
{
    /// <summary>How long an export is kept after it was asked for.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    /// <summary>How long one that holds in the clear what phones encrypted is kept after it was made, unless it is fetched before.</summary>
    public static readonly TimeSpan DecryptedKeptFor = TimeSpan.FromHours(1);

    /// <summary>The most exports one person may have waiting or kept.</summary>
    public const int MostOfOne = 10;

    private const int AtOnce = 2;
    private const int MemoryBytes = 256 * 1024;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, ExportJob> _jobs = new(StringComparer.Ordinal);
    private readonly Lock _starting = new();
    private readonly RoundWatch _watch = new();

    // Tells the makers that something waits; what it was stands in _jobs alone, so that what is removed there is gone.
    private readonly SemaphoreSlim _waiting = new(0);

    // A large export takes its hours, and one that fails is told to whoever asked: that a maker is gone is what nobody else sees.
    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watch.FailingFor;

    /// <summary>Starts an export; the caller has checked access.</summary>
    /// <exception cref="ProblemException"><c>export.too_many</c>, <c>export.spool_full</c>, <c>export.disk_full</c>.</exception>
    public ExportJob Start(Actor actor, ExportRequest request, long totalRows)
    {
        spool.RequireRoom();
        lock (_starting)
        {
            var theirs = _jobs.Values.Where(job => WhoAsks.IsSame(job.Actor, actor)).ToList();
            if (theirs.Count >= MostOfOne)
            {
                throw ExportProblems.TooMany(MostOfOne);
            }

            // Two at once may each take what is left: twice the limit at worst, and the disk is asked as well.
            var left = Math.Min(limits.MostBytesOfOne - theirs.Sum(job => job.File.Length), limits.MostBytesOfAll - _jobs.Values.Sum(job => job.File.Length));
            if (left <= 0)
            {
                throw ExportProblems.SpoolFull();
            }

            var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            var remembered = request.Set.Rows.IsAll && !request.AsksTrash ? request : request with { Seen = new SeenInExport() };
            var job = new ExportJob(id, actor, remembered, totalRows, clock, spool.Begin(MemoryBytes, left)) { Breaks = signals.Breaks };
            _jobs[id] = job;
            _waiting.Release();
            return job;
        }
    }

    /// <summary>Gets an export of the one who asked for it; to everyone else it does not exist, nor when something that ends it may have gone by unheard since.</summary>
    /// <exception cref="ProblemException"><c>export.not_found</c>.</exception>
    public ExportJob Get(Actor actor, string id) =>
        _jobs.TryGetValue(id, out var job) && WhoAsks.IsSame(job.Actor, actor) && clock.GetUtcNow() < job.KeptUntil && job.Breaks == signals.Breaks
            ? job
            : throw ExportProblems.NotFound(own.IsOneOfSeveral);

    /// <summary>Lists all exports of one person, newest first.</summary>
    public IEnumerable<ExportJob> ListOf(Actor actor) => _jobs.Values
        .Where(job => WhoAsks.IsSame(job.Actor, actor) && job.Breaks == signals.Breaks)
        .OrderByDescending(job => job.StartedAt);

    /// <summary>Stops an export and deletes what it wrote; one that nobody makes yet lets go of its private keys at once.</summary>
    public async Task RemoveAsync(ExportJob job)
    {
        if (_jobs.TryRemove(job.Id, out _))
        {
            await job.CancelAsync();
            job.Dispose();
        }
    }

    /// <summary>Stops and deletes all exports of a project, whoever asked for them.</summary>
    public async Task ForgetAsync(ProjectId project)
    {
        foreach (var job in _jobs.Values.Where(job => job.Request.Set.Project.Id.Value == project.Value))
        {
            await RemoveAsync(job);
        }
    }

    /// <summary>Stops and deletes all exports of a form, whoever asked for them: they have answers that were taken away since.</summary>
    public async Task ForgetAsync(FormId form)
    {
        foreach (var job in _jobs.Values.Where(job => job.Request.Set.Form == form))
        {
            await RemoveAsync(job);
        }
    }

    /// <summary>Stops and deletes all exports: what was taken away since they were asked for is not known.</summary>
    public async Task ForgetAllAsync()
    {
        foreach (var job in _jobs.Values)
        {
            await RemoveAsync(job);
        }
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        spool.Clear();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
        [
            .. Enumerable.Range(0, AtOnce).Select(_ => _watch.RunAsync(() => MakeAllAsync(stoppingToken), stoppingToken)),
            _watch.RunAsync(() => SweepAsync(stoppingToken), stoppingToken),
        ]);

    private async Task MakeAllAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _waiting.WaitAsync(stoppingToken);
            if (_jobs.Values.OrderBy(job => job.StartedAt).FirstOrDefault(job => job.TryBeginMaking()) is { } oldest)
            {
                await MakeAsync(oldest, stoppingToken);
            }
        }
    }

    private async Task MakeAsync(ExportJob job, CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, job.Cancelled);
        try
        {
            var export = await prepare.RunAsync(job.Request, stop.Token);
            await exporter.RunAsync(job.Actor, export, job.Progress, job.File, stop.Token);
            await job.File.CompleteAsync(stop.Token);
            job.End(ExportState.Ready);
            measures.CountExport("ready");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            job.End(ExportState.Cancelled);
            measures.CountExport("cancelled");
        }
        catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
        {
            // Whoever asked sees “failed”; the operator sees why. Nothing of the answers is in the type's name.
            job.End(ExportState.Failed, problem as ProblemException);
            measures.CountExport("failed");
            LogFailed(log, job.Id, problem.GetType().Name);
        }
        finally
        {
            job.Request.Keys?.Dispose();
            job.EndReading();
        }
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SweepEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = clock.GetUtcNow();
            foreach (var job in _jobs.Values.Where(job => job.KeptUntil < now))
            {
                await RemoveAsync(job);
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var job in _jobs.Values)
        {
            job.Dispose();
        }

        _waiting.Dispose();
        base.Dispose();
    }

    [LoggerMessage(1, LogLevel.Error, "export {Id} failed: {Problem}")]
    private static partial void LogFailed(ILogger log, string id, string problem);
}
