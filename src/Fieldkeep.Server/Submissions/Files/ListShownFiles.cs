using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.Files;

/// <summary>Lists a version's files for programs that know nothing of confidential ones: those who may read them are shown all, which is written down.</summary>
internal sealed class ListShownFiles(SubmissionQueries submissions, ConfidentialSight sight)
{
    /// <summary>Lists them; the caller has found the row among those that the actor sees.</summary>
    public async Task<IReadOnlyList<SubmissionFile>> RunAsync(
        Actor actor, SubmissionSet set, SubmissionRow row, int version, CancellationToken cancellationToken)
    {
        if (!await sight.SeesAsync(actor, set, ConfidentialWish.IfAllowed, cancellationToken))
        {
            return await submissions.ListFilesAsync(set.Project, row.Id, version, cancellationToken);
        }

        var files = await submissions.ListAllFilesAsync(set.Project, row.Id, version, cancellationToken);
        if (files.Any(file => file.IsConfidential))
        {
            await sight.NoteAsync(actor, set, row.InstanceId, $"names of files, version {version}", cancellationToken);
        }

        return files;
    }
}
