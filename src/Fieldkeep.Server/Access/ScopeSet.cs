using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>The places where an actor holds a permission; filters lists inside their queries.</summary>
/// <param name="IsEverywhere">Every project: only the server itself.</param>
/// <param name="Projects">Projects where it holds, with all their forms, through a role there or at a unit above; empty when <paramref name="IsEverywhere"/>.</param>
/// <param name="Forms">Single forms where it holds.</param>
internal sealed record ScopeSet(bool IsEverywhere, IReadOnlyList<long> Projects, IReadOnlyList<long> Forms)
{
    /// <summary>No place.</summary>
    public static ScopeSet Nowhere { get; } = new(false, [], []);

    /// <summary>Whether it holds for what belongs to the installation and to no project.</summary>
    public bool IsOfInstallation { get; init; }

    /// <summary>Units where it holds, with everything below them.</summary>
    public IReadOnlyList<long> Units { get; init; } = [];

    /// <summary>Tells whether the permission holds in a project as a whole.</summary>
    public bool Covers(ProjectId project) => IsEverywhere || Projects.Contains(project.Value);
}
