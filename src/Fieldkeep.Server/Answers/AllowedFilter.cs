using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Answers;

/// <summary>A filter that whoever asks may use. <see cref="ReadFilter"/> alone makes it, so that no door can forget to ask for the trash.</summary>
internal sealed record AllowedFilter
{
    private readonly RowRules? _deletable;

    private AllowedFilter(RowFilter condition, RowRules? deletable) => (Condition, _deletable) = (condition, deletable);

    /// <summary>What must hold.</summary>
    public RowFilter Condition { get; }

    /// <summary>Gives those of a set that it may find: when it asks for the trash, those that whoever asks may delete.</summary>
    public SubmissionSet Limit(SubmissionSet set) =>
        _deletable is { } rules ? set with { Rows = set.Rows with { Acted = rules } } : set;

    /// <summary>Gives a filter to an actor who may have what it finds.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>: it asks for the trash, which demands the right to delete.</exception>
    public static async Task<AllowedFilter> RequireAsync(
        Policy policy, FindRowLimits limits, Actor actor, SubmissionSet set, RowFilter condition, CancellationToken cancellationToken)
    {
        if (!condition.AsksTrash)
        {
            return new AllowedFilter(condition, null);
        }

        await policy.RequireAsync(actor, Permission.SubmissionDelete, set.Project.Id, set.Form, cancellationToken);
        var deleting = await limits.OfAsync(actor, Permission.SubmissionDelete, set.Project.Id, set.Form, cancellationToken);
        return new AllowedFilter(condition, deleting.Acted);
    }
}
