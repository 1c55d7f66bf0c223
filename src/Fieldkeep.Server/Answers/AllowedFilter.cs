using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Answers;

/// <summary>A filter that whoever asks may use. <see cref="ReadFilter"/> alone makes it, so that no door can forget to ask for the trash.</summary>
internal sealed record AllowedFilter
{
    private AllowedFilter(RowFilter condition) => Condition = condition;

    /// <summary>What must hold.</summary>
    public RowFilter Condition { get; }

    /// <summary>Gives a filter to an actor who may have what it finds.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>: it asks for the trash, which demands the right to delete.</exception>
    public static async Task<AllowedFilter> RequireAsync(
        Policy policy, Actor actor, SubmissionSet set, RowFilter condition, CancellationToken cancellationToken)
    {
        if (condition.AsksTrash)
        {
            await policy.RequireAsync(actor, Permission.SubmissionDelete, set.Project.Id, set.Form, cancellationToken);
        }

        return new AllowedFilter(condition);
    }
}
