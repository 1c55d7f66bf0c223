using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Registers the SupportAccess room.</summary>
internal static class SupportAccessModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddSupportAccess(this IServiceCollection services) => services
        .AddSingleton<CaseReasons>()
        .AddSingleton<CaseRows>()
        .AddSingleton<CaseBook>()
        .AddSingleton<CaseSight>()
        .AddSingleton<CaseQueries>()
        .AddSingleton<SupportOperators>()
        .AddSingleton<SupportLetters>()
        .AddSingleton<OpenCase>()
        .AddSingleton<GiveSupport>()
        .AddSingleton<AskSupport>()
        .AddSingleton<AnswerCase>()
        .AddSingleton<EndCase>()
        .AddSingleton<TellEnds>()
        .AddHostedService(provider => provider.GetRequiredService<TellEnds>());
}
