namespace Fieldkeep.Server.Accounts;

/// <summary>Anyone or anything that acts, as the books know it; removed ones too.</summary>
/// <param name="Kind"><c>account</c>, <c>app_user</c> or <c>public_link</c>.</param>
internal sealed record KnownActor(
    long Id, string Kind, string DisplayName, DateTimeOffset CreatedAt, DateTimeOffset? UpdatedAt, DateTimeOffset? DeletedAt);
