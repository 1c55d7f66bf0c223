namespace Fieldkeep.Server.Submissions.Limiting;

/// <summary>What a submission took of its project's limits.</summary>
internal sealed record TakenPlace(Counted Of, long Hour, int Submissions, long Bytes)
{
    /// <summary>Gives all of it back: nothing was stored.</summary>
    public void GiveBack() => Of.GiveBack(Hour, Submissions, Bytes, Bytes);

    /// <summary>Says what of it is stored; the rest is given back.</summary>
    /// <param name="isNew">False when it was here, and at most files of it were taken.</param>
    /// <param name="bytes">Those that were stored.</param>
    public void Keep(bool isNew, long bytes) => Of.GiveBack(Hour, isNew ? 0 : Submissions, Bytes - bytes, Bytes);
}
