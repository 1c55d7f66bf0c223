using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>Tells which of some submissions whoever asks may see. Callers check access to the form first.</summary>
internal sealed class SeenRows(Db db)
{
    private const string Seen = """
        select sequence from submissions.submissions s
        where form_id = @form and is_draft = @draft and sequence = any (@sequences)
        """ + VisibleRows.Limit;

    /// <summary>Gives those sequence numbers that they see, in the trash or not.</summary>
    public async Task<IReadOnlySet<long>> OfAsync(SubmissionSet set, long[] sequences, CancellationToken cancellationToken) =>
        (await db.ListAsync<long>(
            VisibleRows.In(Seen, set.Rows),
            VisibleRows.Arguments(new { form = set.Form, draft = set.IsDraft, sequences }, set.Rows),
            cancellationToken)).ToHashSet();
}
