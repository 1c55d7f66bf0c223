namespace Fieldkeep.Server.Mail;

/// <summary>Makes the links that stand in letters. Never from a request: whoever asks could name a host of theirs.</summary>
/// <param name="configured">The server's address from its settings; null until it listens.</param>
internal sealed class MailLinks(Uri? configured)
{
    private Uri? _server = configured;

    /// <summary>The server's address, without a slash at its end; “Fieldkeep” on the command line, where there is none.</summary>
    public string Server => _server?.GetLeftPart(UriPartial.Path).TrimEnd('/') ?? "Fieldkeep";

    /// <summary>Whether the settings name the server's address; else links lead where it listens, which others may not reach.</summary>
    public bool IsConfigured { get; } = configured is not null;

    /// <summary>Gives a link to one of our pages.</summary>
    /// <param name="path">Begins with a slash; a secret in it stands after <c>#</c>, where no log sees it.</param>
    /// <exception cref="InvalidOperationException">The server does not listen.</exception>
    public string Of(string path) =>
        _server is null ? throw new InvalidOperationException("The server does not listen yet: it has no address to link to.") : Server + path;

    /// <summary>Takes the address the server listens at, unless the settings name another.</summary>
    public void Listens(Uri at) => _server ??= at;
}
