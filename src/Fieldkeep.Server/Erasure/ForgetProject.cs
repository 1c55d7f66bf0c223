using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Conditions;

namespace Fieldkeep.Server.Erasure;

/// <summary>Drops from this process' memory what was made with the keys of a project that is erased.</summary>
internal sealed class ForgetProject(IEnumerable<MemoryOfProject> memories, FormConditions conditions, AccessEpoch epoch)
{
    /// <summary>Drops it.</summary>
    public async Task RunAsync(ProjectId project)
    {
        epoch.Forget();
        conditions.Forget();
        foreach (var memory in memories)
        {
            await memory.ForgetAsync(project);
        }
    }
}
