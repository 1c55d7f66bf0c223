using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Counts what is in projects, in three queries for any number of them whose submissions the caller sees.</summary>
internal sealed class ProjectCounts(AppUserQueries appUsers, ProjectFormCounts forms, ProjectSubmissionCounts submissions)
{
    /// <summary>Gives a function from a project's id to its counts, for projects the caller may see.</summary>
    public async Task<Func<long, ProjectCount>> OfAsync(Actor actor, IReadOnlyList<long> projects, CancellationToken cancellationToken)
    {
        var phones = await appUsers.CountAsync(projects, cancellationToken);
        var drawn = await forms.OfProjectsAsync(projects, cancellationToken);
        var sent = await submissions.OfProjectsAsync(actor, projects, cancellationToken);
        return project =>
        {
            var received = sent.GetValueOrDefault(project);
            return new ProjectCount(
                drawn.GetValueOrDefault(project), phones.GetValueOrDefault(project), received?.Submissions ?? 0, received?.Last);
        };
    }
}
