using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Answers;

/// <summary>Reads a filter for someone: what it means in a form, and whether they may ask it. Callers have checked access to the form.</summary>
internal sealed class ReadFilter(Policy policy, FindRowLimits limits, FormConfidence confidence, TimeProvider clock)
{
    /// <summary>Gives the filter.</summary>
    /// <param name="isFromRoot">Whether names of submissions must begin with <c>$root/Submissions</c>.</param>
    /// <exception cref="ProblemException">The problems of <see cref="FilterProblems"/>; <c>answers.confidential</c>; <c>access.denied</c> for the trash, and for who sent what with which device.</exception>
    public async Task<AllowedFilter> RunAsync(
        Actor actor, SubmissionSet set, FormLayout layout, string text, CancellationToken cancellationToken, bool isFromRoot = false)
    {
        var condition = FilterBinder.Read(text, layout.Tables, clock.GetUtcNow(), isFromRoot);

        // Who sent what is not shown to everyone, so asking must not tell it either.
        if (set.Rows.HidesProvenance && condition.AsksProvenance)
        {
            throw AccessProblems.Denied();
        }

        await confidence.RequireOpenAsync(set.Form, condition.Columns.Keys.Where(key => !key.StartsWith('#')), cancellationToken);
        return await AllowedFilter.RequireAsync(policy, limits, actor, set, condition, cancellationToken);
    }
}
