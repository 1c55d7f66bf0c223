using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Accounts.Limited;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Accounts;

/// <summary>Registers the Accounts room.</summary>
internal static class AccountsModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services
        .AddSingleton<PasswordHash>()
        .AddAttempts()
        .AddAccessLog()
        .AddSingleton<AccountReach>()
        .AddSingleton<AccountQueries>()
        .AddSingleton<AccountRows>()
        .AddSingleton<CheckPassword>()
        .AddSingleton<BasicCredentials>()
        .AddSingleton<Sessions>()
        .AddSingleton<OpenSession>()
        .AddFactors()
        .AddSingleton<SignIn>()
        .AddSingleton<SignOut>()
        .AddSingleton<OpenedWays>()
        .AddSingleton<CreateAccount>()
        .AddSingleton<UpdateAccount>()
        .AddSingleton<DeleteAccount>()
        .AddSingleton<PasswordRows>()
        .AddSingleton<ChangePassword>()
        .AddSingleton<ReplacePassword>()
        .AddSingleton<AskPasswordReset>()
        .AddSingleton<AssignRole>()
        .AddSingleton<ListLimitedRoles>()
        .AddSingleton<GiveLimitedRole>()
        .AddSingleton<TakeLimitedRole>()
        .AddSingleton<Preferences>()
        .AddSingleton<AppUserTokens>()
        .AddSingleton<AppUserQueries>()
        .AddSingleton<PublicLinkQueries>()
        .AddSingleton<PublicLinkTokens>()
        .AddSingleton<CreatePublicLink>()
        .AddSingleton<RevokePublicLink>()
        .AddSingleton<CreateAppUser>()
        .AddSingleton<RevokeAppUser>();
}
