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
    public static void Map(RouteGroupBuilder v1) => v1.MapGet("/users/current", GetAsync);

    private static async Task<IResult> GetAsync(
        HttpContext http, ActorResolver actors, AccountQueries accounts, Grants grants, CancellationToken cancellationToken)
    {
        var actor = await actors.ResolveAsync(http);
        var account = actor.Kind == ActorKind.Account
            ? await accounts.FindAsync(actor.Id, cancellationToken)
            : null;
        if (account is null)
        {
            throw AccessProblems.Unseen();
        }

        var view = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["id"] = account.Id.Value,
            ["type"] = "user",
            ["displayName"] = account.DisplayName,
            ["email"] = account.Email,
            ["createdAt"] = account.CreatedAt,
            ["updatedAt"] = account.UpdatedAt,
            ["deletedAt"] = null,
        };
        if (CentralQuery.IsExtended(http))
        {
            view["verbs"] = await CentralVerbs.OfAsync(actor, Scope.Installation, grants, cancellationToken);
        }

        return WireJson.Answer(view);
    }
}
