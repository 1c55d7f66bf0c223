using Fieldkeep.Server.Submissions.Limiting;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks whether a project comes near what it may have: then its phones soon wait.</summary>
internal sealed class LimitsCheck(QuietUse use) : ICheck
{
    /// <inheritdoc/>
    public string Name => "limits";

    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        await use.MeasureAsync(cancellationToken);
        var near = (await use.ListAsync(cancellationToken))
            .Select(one => (one.Project, Share: ListUse.ShareOf(one.Use, one.Limits)))
            .Where(one => one.Share >= ListUse.Warns)
            .OrderByDescending(one => one.Share)
            .ToList();
        return near.Count == 0
            ? CheckOutcome.Ok("limits.ok")
            : CheckOutcome.Warning("limits.near", ("count", near.Count), ("project", near[0].Project.Value), ("percent", (int)(near[0].Share * 100)));
    }
}
