using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Registers what has to do with second factors.</summary>
internal static class FactorsModule
{
    /// <summary>Adds the parts.</summary>
    public static IServiceCollection AddFactors(this IServiceCollection services) => services
        .AddSingleton<TotpSecrets>()
        .AddSingleton<RecoveryCodes>()
        .AddSingleton<Passkeys>()
        .AddSingleton<Tickets>()
        .AddSingleton<FactorTries>()
        .AddSingleton<FactorBook>()
        .AddSingleton<FactorNotices>()
        .AddSingleton<WaitingResets>()
        .AddSingleton<FactorRules>()
        .AddSingleton<FactorDuty>()
        .AddSingleton<AccountFactors>()
        .AddSingleton<CheckFactor>()
        .AddSingleton<CodeWithPassword>()
        .AddSingleton<LostFactors>()
        .AddSingleton<RemoveLostFactors>()
        .AddSingleton<TakeResetEffect>()
        .AddSingleton<CompleteSignIn>()
        .AddSingleton<SignInWithPasskey>()
        .AddSingleton<ConfirmSession>()
        .AddSingleton<EnrolTotp>()
        .AddSingleton<RegisterPasskey>()
        .AddSingleton<RemoveFactor>()
        .AddSingleton<FactorResets>();
}
