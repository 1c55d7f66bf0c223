namespace Fieldkeep.Server.Mail;

/// <summary>The server that takes our letters.</summary>
public sealed record SmtpSettings
{
    /// <summary>Its name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Its port.</summary>
    public int Port { get; init; } = 587;

    /// <summary>Whether the connection must be encrypted (STARTTLS); without it nothing is sent, rather than in the clear.</summary>
    public bool IsEncrypted { get; init; } = true;

    /// <summary>The name to sign in with; null to send without signing in.</summary>
    public string? User { get; init; }

    /// <summary>The file whose first line is the password; read before each letter, so that a new one counts at once.</summary>
    public string? PasswordFile { get; init; }
}

/// <summary>How letters leave this server.</summary>
public sealed record MailSettings
{
    /// <summary>The sender, such as <c>Fieldkeep &lt;fieldkeep@example.org&gt;</c>.</summary>
    public string From { get; init; } = "Fieldkeep <fieldkeep@localhost>";

    /// <summary>The server that takes letters; null writes them as files into the data directory's folder <c>mail</c> instead.</summary>
    public SmtpSettings? Smtp { get; init; }

    /// <summary>The language of letters to people who chose none: en, fr, es or ar.</summary>
    public string Language { get; init; } = "en";

    /// <summary>Says what is unusable in these settings; null when all is well.</summary>
    public string? FindFault()
    {
        if (!System.Net.Mail.MailAddress.TryCreate(From, out _) || From.Any(char.IsControl))
        {
            return $"“{From}” is no sender of letters";
        }

        return LetterTexts.Languages.Contains(Language)
            ? null
            : $"“{Language}” is no language of letters; there are {string.Join(", ", LetterTexts.Languages)}";
    }
}
