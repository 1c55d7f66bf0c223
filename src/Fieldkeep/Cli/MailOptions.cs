using System.CommandLine;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Cli;

/// <summary>Declares how letters leave the server: its public address and the SMTP server that takes them.</summary>
internal static class MailOptions
{
    private const int DefaultPort = 587;

    private static readonly Option<string?> Address = Text(
        "--address", "URL", "Where people reach this server, such as https://data.example.org, for links in letters and codes. "
        + "FIELDKEEP_ADDRESS. Default: where it listens");

    private static readonly Option<string?> Host = Text(
        "--smtp-host", "NAME", "The SMTP server that takes letters. FIELDKEEP_SMTP_HOST. Default: none; letters become files in DATA/mail");

    private static readonly Option<string?> Port = Text("--smtp-port", "N", $"Its port. FIELDKEEP_SMTP_PORT. Default: {DefaultPort}");

    private static readonly Option<string?> Tls = Text(
        "--smtp-tls", "HOW", "starttls, or off for a server on this machine. FIELDKEEP_SMTP_TLS. Default: starttls");

    private static readonly Option<string?> User = Text("--smtp-user", "NAME", "The name to sign in with. FIELDKEEP_SMTP_USER");

    private static readonly Option<string?> PasswordFile = Text(
        "--smtp-password-file", "FILE", "A file whose first line is the password. FIELDKEEP_SMTP_PASSWORD_FILE");

    private static readonly Option<string?> From = Text(
        "--mail-from", "ADDRESS", "The sender of letters. FIELDKEEP_MAIL_FROM. Default: Fieldkeep <fieldkeep@localhost>");

    private static readonly Option<string?> Language = Text(
        "--mail-language", "CODE", "en, fr, es or ar: the language of letters to people who chose none. FIELDKEEP_MAIL_LANGUAGE. Default: en");

    /// <summary>All of them.</summary>
    public static IEnumerable<Option> All => [Address, Host, Port, Tls, User, PasswordFile, From, Language];

    /// <summary>The public address; null to take where the server listens.</summary>
    /// <exception cref="CommandException">It is no https address.</exception>
    public static Uri? AddressOf(ParseResult parsed) => Settings.TextOf(parsed, Address) switch
    {
        null => null,
        { } text when Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "https", Query: "", Fragment: "", UserInfo: "" } => url,
        { } text => throw new CommandException(
            ExitCodes.Usage, $"“{text}” given for {Address.Name} is no address of a server", "write it as https://data.example.org"),
    };

    /// <summary>How letters leave the server.</summary>
    /// <exception cref="CommandException">A setting is unusable.</exception>
    public static MailSettings Of(ParseResult parsed)
    {
        var smtp = Settings.TextOf(parsed, Host) is { } host ? SmtpOf(parsed, host) : null;
        var from = Settings.TextOf(parsed, From);
        if (from is null && smtp is not null)
        {
            throw new CommandException(
                ExitCodes.Usage, $"{Host.Name} is given without {From.Name}", "name the sender, such as “Fieldkeep <fieldkeep@example.org>”");
        }

        var defaults = new MailSettings();
        var settings = new MailSettings
        {
            Smtp = smtp,
            From = from ?? defaults.From,
            Language = Settings.TextOf(parsed, Language) ?? defaults.Language,
        };
        return settings.FindFault() is { } fault
            ? throw new CommandException(ExitCodes.Usage, fault, $"see the {From.Name} and {Language.Name} in fieldkeep serve --help")
            : settings;
    }

    private static SmtpSettings SmtpOf(ParseResult parsed, string host)
    {
        var isEncrypted = Settings.TextOf(parsed, Tls) switch
        {
            null or "starttls" => true,
            "off" => false,
            { } other => throw new CommandException(ExitCodes.Usage, $"“{other}” given for {Tls.Name} is not known", "give starttls or off"),
        };
        var user = Settings.TextOf(parsed, User);
        return isEncrypted || user is null
            ? new SmtpSettings
            {
                Host = host,
                Port = Settings.PortOf(parsed, Port) ?? DefaultPort,
                IsEncrypted = isEncrypted,
                User = user,
                PasswordFile = Settings.TextOf(parsed, PasswordFile),
            }
            : throw new CommandException(
                ExitCodes.Usage, $"{User.Name} is given with {Tls.Name} off: the password would travel in the clear", "use starttls");
    }

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };
}
