namespace Fieldkeep.Server.Database;

/// <summary>
/// Says what a room holds about a person with an account, so that they can be told and take it with them. <c>HeldDataTests</c> holds the kinds
/// to the words that say why each is held.
/// </summary>
/// <param name="Kind">Such as <c>sessions</c>; the name of the file in the download too.</param>
/// <param name="Statement">Gives one JSON object as text for each thing about the person <c>@actor</c>, whose address is <c>@email_key</c>. Never a secret.</param>
internal sealed record HeldOfPerson(string Kind, string Statement)
{
    /// <summary>The column whose sealed reason each object has as <c>reason</c>, in base64, beside its <c>row</c>; null when there is none.</summary>
    public string? ReasonColumn { get; init; }
}
