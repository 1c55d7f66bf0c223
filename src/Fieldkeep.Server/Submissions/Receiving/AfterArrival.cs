using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>
/// What a higher room does about new submissions that came before something was ordered about all of their time: they waited for the database, or their phone
/// was slow. After <see cref="Arrivals.ShareAsync"/>.
/// </summary>
/// <param name="NoteAsync">Notes it in the transaction that stores them; whether there is anything to do.</param>
/// <param name="Wake">Begins with it, after the commit.</param>
internal sealed record AfterArrival(Func<Tx, IReadOnlyList<NewSubmission>, CancellationToken, Task<bool>> NoteAsync, Action Wake);
