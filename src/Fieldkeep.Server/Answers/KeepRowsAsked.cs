using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Conditions;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Answers;

/// <summary>Sees to it in the background that every submission was asked the conditions of its form.</summary>
internal sealed partial class KeepRowsAsked(
    RowConditionStore store, FormConditions conditions, AskRows ask, ProjectRefs projects, DatabaseLife life, ILogger<KeepRowsAsked> log)
    : BackgroundRounds(TimeSpan.FromSeconds(1))
{
    // Up to where the conditions of a form were asked, and which they were. Lost with the process, and in another life of the database, which costs one look at each row.
    private readonly Dictionary<FormId, Asked> _asked = [];

    /// <inheritdoc/>
    protected override TimeSpan AfterFailure => TimeSpan.FromSeconds(30);

    /// <summary>Goes over all forms that have conditions.</summary>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        foreach (var form in await store.ListFormsAsync(cancellationToken))
        {
            await RunAsync(form, cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem);

    private async Task RunAsync(FormOfConditions form, CancellationToken cancellationToken)
    {
        try
        {
            var project = await projects.GetRefAsync(form.ProjectId, cancellationToken);
            if (await conditions.FindAsync(project, form.FormId, cancellationToken) is not { } bound)
            {
                return;
            }

            if (await BeginAgainAsync(project, form.FormId, bound, cancellationToken))
            {
                _asked.Remove(form.FormId);
            }

            var key = $"{life.Number} " + string.Join(',', bound.Known.Select(one => $"{one.Id} {one.Kinds}"));
            var after = _asked.TryGetValue(form.FormId, out var asked) && asked.Key == key ? asked.Through : 0;
            var set = new SubmissionSet(project, form.FormId, "", IsDraft: false, RowLimits.All);
            _asked[form.FormId] = new Asked(key, await ask.RunAsync(set, bound, after, cancellationToken));
        }
        catch (ProblemException)
        {
            // The form or its project went into the trash meanwhile.
        }
    }

    // A version of the form compares a question otherwise than the one that matches were found with.
    private async Task<bool> BeginAgainAsync(ProjectRef project, FormId form, BoundConditions bound, CancellationToken cancellationToken)
    {
        var hasBegun = false;
        var stored = (await store.ListAsync(project, form, cancellationToken)).ToDictionary(item => item.Id, item => item.Kinds);
        var known = bound.Known.Select(one => one.Id).ToHashSet();
        foreach (var item in stored.Where(one => one.Value.Length > 0 && !known.Contains(one.Key)))
        {
            // It asks a question that became confidential, or that is asked as something else now.
            await store.BeginAgainAsync(item.Key, "", cancellationToken);
        }

        foreach (var (id, kinds) in bound.Known)
        {
            if (stored.TryGetValue(id, out var before) && before != kinds)
            {
                await store.BeginAgainAsync(id, kinds, cancellationToken);
                hasBegun = true;
            }
        }

        return hasBegun;
    }

    [LoggerMessage(1, LogLevel.Warning, "Asking row conditions of submissions failed; people with such conditions may see too little until it works again.")]
    private static partial void LogFailed(ILogger log, Exception problem);

    private sealed record Asked(string Key, long Through);
}
