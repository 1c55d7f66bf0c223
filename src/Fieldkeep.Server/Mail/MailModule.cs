using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Mail;

/// <summary>Registers the Mail room.</summary>
internal static class MailModule
{
    /// <summary>Adds the outbox and its sender.</summary>
    /// <param name="settings">How letters leave this server.</param>
    /// <param name="address">Where people reach this server; null to take where it listens.</param>
    /// <param name="folder">Where letters are written as files while there is no SMTP server.</param>
    public static IServiceCollection AddMail(this IServiceCollection services, MailSettings settings, Uri? address, string folder) => services
        .AddSingleton(settings)
        .AddSingleton(new MailLinks(address))
        .AddSingleton(new MailCarrier(settings, folder))
        .AddSingleton<MailOutbox>()
        .AddSingleton<OutboxState>()
        .AddSingleton<SendMail>()
        .AddHostedService(provider => provider.GetRequiredService<SendMail>());
}
