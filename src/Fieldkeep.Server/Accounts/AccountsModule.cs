using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Accounts.Limited;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts;

/// <summary>Registers the Accounts room.</summary>
internal static class AccountsModule
{
    /// <summary>Adds the room's parts.</summary>
    /// <param name="provider">Another provider that people may sign in with; null for none.</param>
    public static IServiceCollection AddAccounts(this IServiceCollection rooms, ExternalProviderSettings? provider) => rooms
        .AddSingleton(PasswordCost.Usual)
        .AddEach(NamesOfProject.Left)
        .AddSingleton<PasswordHash>()
        .AddAttempts()
        .AddAccessLog()
        .AddKept()
        .AddSingleton<AccountReach>()
        .AddSingleton<AccountQueries>()
        .AddSingleton<AccountRows>()
        .AddSingleton<CheckPassword>()
        .AddSingleton<BasicCredentials>()
        .AddSingleton<Sessions>()
        .AddSingleton<SessionAddresses>()
        .AddSingleton<SessionList>()
        .AddSingleton<SetLanguage>()
        .AddSingleton<SweepEnded>()
        .AddHostedService(services => services.GetRequiredService<SweepEnded>())
        .AddSingleton<EndAfterRestore>()
        .AddSingleton<EndSession>()
        .AddSingleton<EndOtherSessions>()
        .AddSingleton<OpenSession>()
        .AddSingleton<AccessTokens>()
        .AddSingleton<AccessTokenQueries>()
        .AddSingleton<CreateAccessToken>()
        .AddSingleton<EndAccessToken>()
        .AddSingleton<SignInByToken>()
        .AddSingleton(services => new ProviderClient(
            provider, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ProviderClient>>()))
        .AddSingleton<ExternalAttempts>()
        .AddSingleton<ExternalIdentities>()
        .AddSingleton<JoinIdentity>()
        .AddSingleton<BeginExternalSignIn>()
        .AddSingleton<ReceiveExternalAnswer>()
        .AddSingleton<CompleteExternalSignIn>()
        .AddFactors()
        .AddSingleton<SignIn>()
        .AddSingleton<SignOut>()
        .AddSingleton<OpenedWays>()
        .AddSingleton<CreateAccount>()
        .AddSingleton<UpdateAccount>()
        .AddSingleton<DeleteAccount>()
        .AddRemoval()
        .AddSingleton<AccountLetters>()
        .AddSingleton<PasswordResets>()
        .AddSingleton<CompletePasswordReset>()
        .AddSingleton<PasswordRows>()
        .AddSingleton<ChangePassword>()
        .AddSingleton<ReplacePassword>()
        .AddSingleton<AskPasswordReset>()
        .AddSingleton<AssignRole>()
        .AddSingleton<ListLimitedRoles>()
        .AddSingleton<GiveLimitedRole>()
        .AddSingleton<TakeLimitedRole>()
        .AddSingleton<Preferences>()
        .AddSingleton(NamesOfProject.Deletion)
        .AddSingleton<AppUserTokens>()
        .AddSingleton<AppUserQueries>()
        .AddSingleton<PublicLinkQueries>()
        .AddSingleton<PublicLinkTokens>()
        .AddSingleton<CreatePublicLink>()
        .AddSingleton<RevokePublicLink>()
        .AddSingleton<CreateAppUser>()
        .AddSingleton<RevokeAppUser>();

    private static IServiceCollection AddKept(this IServiceCollection rooms)
    {
        // One for each, in the order of KeptAccounts.All.
        rooms.AddSingleton<KeptAccounts>();
        for (var at = 0; at < KeptAccounts.Kinds; at++)
        {
            var place = at;
            rooms.AddSingleton(provider => provider.GetRequiredService<KeptAccounts>().All[place]);
        }

        return rooms;
    }
}
