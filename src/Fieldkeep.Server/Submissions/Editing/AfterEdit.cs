using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>What a higher room does about an edit of a submission that answers were taken out of.</summary>
/// <param name="NoteAsync">Notes it in the edit's transaction; whether there is anything to do.</param>
/// <param name="Wake">Begins with it, after the commit.</param>
internal sealed record AfterEdit(
    Func<Tx, ProjectId, FormId, SubmissionId, DateTimeOffset, CancellationToken, Task<bool>> NoteAsync, Action Wake);
