using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Recoveries;

/// <summary>Knows which projects no backup brings back: their keys are destroyed.</summary>
internal sealed class ErasedForGood(Keyring keyring, ErasedProjects projects)
{
    /// <summary>Refuses those, and those that are about to be; gives the project as it is here, null when it is not.</summary>
    /// <param name="key">The project's entry in the keyring, as a backup has it; null while that is not known.</param>
    /// <exception cref="ProblemException"><c>recovery.erased</c>.</exception>
    public async Task<ErasableProject?> RequireNotAsync(ProjectId project, Guid? key, CancellationToken cancellationToken)
    {
        keyring.Reload();
        var here = await projects.FindAsync(project, cancellationToken);
        return here?.ErasedAt is null && !keyring.ErasedProjects.Any(erased => erased.Project == key || erased.Project == here?.KeyId)
            ? here
            : throw RecoveryProblems.Erased(project);
    }
}
