using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>What a higher room does about an edit of a submission that answers were taken out of.</summary>
/// <param name="NoteAsync">Notes it in the edit's transaction; whether there is anything to do.</param>
/// <param name="Wake">Begins with it, after the commit.</param>
internal sealed record AfterEdit(Func<Tx, EditOfRewritten, CancellationToken, Task<bool>> NoteAsync, Action Wake);

/// <summary>An edit of a submission that answers were taken out of.</summary>
/// <param name="CameAt">When the submission came first.</param>
/// <param name="Version">The version that the edit became.</param>
/// <param name="At">When the edit came.</param>
internal sealed record EditOfRewritten(
    ProjectId Project, FormId Form, SubmissionId Submission, DateTimeOffset CameAt, int Version, DateTimeOffset At);
