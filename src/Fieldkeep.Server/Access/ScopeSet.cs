using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>The places where an actor holds a permission; filters lists inside their queries.</summary>
/// <param name="IsEverywhere">The permission holds on the whole installation.</param>
/// <param name="Projects">Projects where it holds, with all their forms; empty when <paramref name="IsEverywhere"/>.</param>
/// <param name="Forms">Single forms where it holds.</param>
internal sealed record ScopeSet(bool IsEverywhere, IReadOnlyList<long> Projects, IReadOnlyList<long> Forms)
{
    /// <summary>Tells whether the permission holds in a project as a whole.</summary>
    public bool Covers(ProjectId project) => IsEverywhere || Projects.Contains(project.Value);
}
