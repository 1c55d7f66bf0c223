using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Purging;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Says which submissions a rule means: of which forms, and what is to be taken from them.</summary>
internal sealed class OverdueByRule(FormQueries forms, FormConfidence confidence, TimeProvider clock)
{
    /// <summary>Gives what a rule means at a day.</summary>
    /// <param name="form">The one form; null for all, those in the trash too where something is taken out of submissions.</param>
    public async Task<Overdue> OfAsync(ProjectId project, string kind, FormId? form, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var what = kind switch
        {
            RetentionKinds.Confidential => OverdueWhat.Confidential,
            RetentionKinds.Files => OverdueWhat.Files,
            RetentionKinds.Sender => OverdueWhat.Sender,
            _ => OverdueWhat.Whole,
        };
        var meant = (await forms.ListAsync(project, cancellationToken)).Select(one => one.Id);
        if (what != OverdueWhat.Whole)
        {
            // A form in the trash goes as a whole; until then it is kept as the others are.
            meant = meant.Concat((await forms.ListTrashAsync(project, cancellationToken)).Select(one => one.Id));
        }

        var chosen = meant.Where(one => form is null || one == form).ToList();
        if (what == OverdueWhat.Confidential)
        {
            // What becomes confidential today is not gone tomorrow: a mark has the notice that a rule has.
            var fresh = await confidence.ListMarkedSinceAsync(chosen, clock.GetUtcNow() - RetentionRule.Notice, cancellationToken);
            chosen.RemoveAll(fresh.Contains);
        }

        return new Overdue(project, chosen, what, before);
    }
}
