using System.Text.Json.Serialization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's <c>/v1/users/current</c>.</summary>
internal static class UsersV1
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1) => v1.MapGet("/users/current", GetAsync)
        .WithTags("Users")
        .Declare("getCurrentUser", "Read your own account; 404 when nobody is signed in")
        .CalledBy(CallerKind.Session, CallerKind.Anonymous)
        .Refuses(404, "access.not_found");

    private static async Task<UserV1> GetAsync(
        HttpContext http, CentralQuery query, ActorResolver actors, AccountQueries accounts, Grants grants)
    {
        var actor = await actors.ResolveAsync(http);
        var account = actor.Kind == ActorKind.Account
            ? await accounts.FindAsync(actor.Id, http.RequestAborted)
            : null;
        var user = UserV1.Of(account ?? throw AccessProblems.Unseen());
        return query.IsExtended
            ? user with { Verbs = await CentralVerbs.OfAsync(actor, Scope.Installation, grants, http.RequestAborted) }
            : user;
    }
}

/// <summary>An account as Central's API shows it.</summary>
/// <param name="Type">Always <c>user</c>.</param>
internal sealed record UserV1(
    long Id,
    string Type,
    string DisplayName,
    string Email,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt)
{
    /// <summary>What the account may do on the whole server, in Central's words; only with extended metadata.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Verbs { get; init; }

    /// <summary>Shows an account.</summary>
    public static UserV1 Of(Account account) => new(
        account.Id.Value, "user", account.DisplayName, account.Email, account.CreatedAt, account.UpdatedAt, null);
}
