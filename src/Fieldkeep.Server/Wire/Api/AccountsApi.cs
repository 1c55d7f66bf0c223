using System.ComponentModel;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/accounts</c>: whoever runs the server finds an account to help with, or to remove.</summary>
internal static class AccountsApi
{
    private const int AccountsAtOnce = 50;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api) => api.MapGet("/accounts", ListAsync)
        .WithTags("Accounts")
        .Declare("listAccounts", "Find accounts of this server by name or address, 50 at most", Permission.AccountList);

    private static async Task<AccountPage> ListAsync(
        Call call,
        [Description("Only accounts whose name or address holds each of these words.")] string? q,
        Policy policy,
        AccountQueries accounts)
    {
        await policy.RequireAsync(call.Actor, Permission.AccountList, Scope.Installation, call.Aborted);
        var found = await accounts.ListAsync(call.Actor, q ?? "", call.Aborted);
        return new AccountPage(
            [.. found.Take(AccountsAtOnce).Select(one => new AccountItem(one.Id.Value, one.DisplayName, one.Email, one.CreatedAt, one.LastLoginAt))],
            found.Count);
    }
}

/// <summary>Accounts that were found.</summary>
/// <param name="Items">The first of them.</param>
/// <param name="All">How many there are.</param>
internal sealed record AccountPage(IReadOnlyList<AccountItem> Items, int All);

/// <summary>An account that opens.</summary>
/// <param name="LastLoginAt">When somebody last signed in with it; null when nobody did.</param>
internal sealed record AccountItem(long Id, string Name, string Email, DateTimeOffset CreatedAt, DateTimeOffset? LastLoginAt);
