using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's <c>/v1/users</c>. Everyone may read and change their own account; others' only who may.</summary>
internal static class UsersV1
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var users = v1.MapGroup("/users").WithTags("Users");
        users.MapGet("", ListAsync)
            .Declare("listUsers", "List accounts, or find them by name or address; who may not list gets none")
            .Reads("q", typeof(string), "Only accounts whose name or address holds each of these words.");
        users.MapPost("", CreateAsync)
            .Declare("createUser", "Create an account; without a password nobody can sign in to it yet", Permission.AccountCreate)
            .Refuses(400, "body.missing", "account.email_invalid", "account.name_invalid", "password.weak", "password.too_long")
            .Refuses(409, "account.email_taken");
        users.MapGet("/current", GetCurrentAsync)
            .Declare("getCurrentUser", "Read your own account; 404 when nobody is signed in")
            .CalledBy(CallerKind.Session, CallerKind.Anonymous)
            .Refuses(404, "access.not_found");
        users.MapPost("/reset/initiate", ResetAsync)
            .Declare("askPasswordReset", "Ask for a new password; answers the same whether the account exists or not")
            .CalledBy(CallerKind.Anonymous, CallerKind.Session)
            .Reads("invalidate", typeof(bool), "True to make the old password useless at once; only for who may change accounts.")
            .Refuses(400, "body.missing")
            .Refuses(429, "session.too_many_attempts");
        users.MapPost("/reset/verify", VerifyAsync)
            .Declare("completePasswordReset", "Set a new password with the token of a reset's letter, sent as a bearer token")
            .CalledBy(CallerKind.Anonymous)
            .ReadsHeader("Authorization", "`Bearer` and the token: what stands after `#` in the letter's link.")
            .Refuses(400, "body.missing", "password.weak", "password.too_long")
            .Refuses(401, "password_reset.refused")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.busy");
        var user = users.MapGroup("/{id:long}").Refuses(404, "account.not_found");
        user.MapGet("", GetAsync).Declare("getUser", "Read an account: your own, or any if you may list them");
        user.MapPatch("", UpdateAsync)
            .Declare("updateUser", "Change the name or address of an account; another address of your own takes your password")
            .Refuses(400, "account.email_invalid", "account.name_invalid", "account.password_needed")
            .Refuses(401, "session.refused")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "account.email_taken")
            .Refuses(429, "session.too_many_attempts");
        user.MapDelete("", DeleteAsync)
            .Declare("deleteUser", "End an account, its sessions and its roles", Permission.AccountUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(403, "account.last_administrator");
        user.MapPut("/password", ReplacePasswordAsync)
            .Declare("replacePassword", "Replace a password by proving the old one; other sessions end")
            .Refuses(400, "body.missing", "password.weak", "password.too_long")
            .Refuses(401, "session.refused")
            .Refuses(429, "session.too_many_attempts");
    }

    private static async Task<IEnumerable<UserV1>> ListAsync(Call call, CentralPage page, AccountQueries accounts) =>
        page.Of(await accounts.ListAsync(call.Actor, call.Http.Request.Query["q"].ToString(), call.Aborted)).Select(UserV1.Of);

    private static async Task<UserV1> CreateAsync(Call call, JsonBody<NewUserV1> body, CreateAccount create)
    {
        var wanted = await body.ReadAsync();
        if (string.IsNullOrWhiteSpace(wanted.Email))
        {
            throw CentralQuery.Missing("email");
        }

        var name = string.IsNullOrWhiteSpace(wanted.DisplayName) ? NameOf(wanted.Email.Trim()) : wanted.DisplayName;
        var password = string.IsNullOrEmpty(wanted.Password) ? null : wanted.Password;
        return UserV1.Of(await create.RunAsync(call.Actor, new NewAccount(wanted.Email, name, password, []), call.Aborted));
    }

    private static async Task<UserV1> GetCurrentAsync(
        HttpContext http,
        CentralQuery query,
        ActorResolver actors,
        AccountQueries accounts,
        Preferences preferences,
        Policy policy,
        Places places)
    {
        var actor = await actors.ResolveAsync(http);
        var account = WhoAsks.IsPerson(actor)
            ? await accounts.FindAsync(actor.Id, http.RequestAborted)
            : null;
        var user = UserV1.Of(account ?? throw AccessProblems.Unseen());
        return query.IsExtended
            ? user with
            {
                Verbs = await CentralVerbs.OfSiteAsync(actor, policy, places, http.RequestAborted),
                Preferences = PreferencesV1.Of(await preferences.ListAsync(actor, http.RequestAborted)),
            }
            : user;
    }

    private static async Task<UserV1> GetAsync(Call call, long id, AccountQueries accounts) =>
        UserV1.Of(await accounts.GetAsync(call.Actor, new ActorId(id), call.Aborted));

    private static async Task<UserV1> UpdateAsync(Call call, long id, JsonBody<UserPatchV1> body, UpdateAccount update)
    {
        var wanted = await body.ReadAsync();
        var change = new AccountChange(wanted.Email, wanted.DisplayName, wanted.Password);
        return UserV1.Of(await update.RunAsync(call.Actor, new ActorId(id), change, call.Aborted));
    }

    private static async Task<Done> DeleteAsync(Call call, long id, DeleteAccount delete)
    {
        await delete.RunAsync(call.Actor, new ActorId(id), call.Aborted);
        return Done.Well;
    }

    private static async Task<Done> ReplacePasswordAsync(
        Call call, long id, JsonBody<PasswordV1> body, ActorResolver actors, ReplacePassword replace)
    {
        var wanted = await body.ReadAsync();
        if (wanted.New is null || wanted.Old is null)
        {
            throw CentralQuery.Missing("old, new", wanted.Old is null ? "no old" : "no new");
        }

        var session = (await actors.CallerAsync(call.Http)).Session?.Id;
        await replace.RunAsync(call.Actor, new ActorId(id), new PasswordChange(wanted.Old, wanted.New), session, call.Aborted);
        return Done.Well;
    }

    // Anyone may ask, so nobody's credentials are looked at, unless they ask for what only some may.
    private static async Task<Done> ResetAsync(HttpContext http, JsonBody<ResetV1> body, ActorResolver actors, AskPasswordReset ask)
    {
        var isInvalidated = CentralQuery.Flag(http, "invalidate");
        var actor = isInvalidated
            ? await actors.RequireAsync(http)
            : ActorResolver.AnonymousOf(http, Door.CentralV1);
        var wanted = await body.ReadAsync();
        if (string.IsNullOrWhiteSpace(wanted.Email))
        {
            throw CentralQuery.Missing("email");
        }

        await ask.RunAsync(actor, wanted.Email, isInvalidated, http.RequestAborted);
        return Done.Well;
    }

    private static async Task<Done> VerifyAsync(HttpContext http, JsonBody<NewPasswordV1> body, CompletePasswordReset complete)
    {
        const string bearer = "Bearer ";
        var authorization = http.Request.Headers.Authorization.ToString();
        var token = authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase) ? authorization[bearer.Length..].Trim() : "";
        var wanted = await body.ReadAsync();
        if (wanted.New is null)
        {
            throw CentralQuery.Missing("new");
        }

        var caller = ActorResolver.AnonymousOf(http, Door.CentralV1);
        await complete.RunAsync(caller, token, wanted.New, http.RequestAborted);
        return Done.Well;
    }

    // An address may be longer than a name.
    private static string NameOf(string email) => email.Length <= 255 ? email : email[..255];
}
