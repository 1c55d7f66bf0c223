namespace Fieldkeep.Server.Kernel;

/// <summary>Says what kind of being an actor is.</summary>
internal enum ActorKind
{
    /// <summary>Nobody has signed in.</summary>
    Anonymous,

    /// <summary>A person with an account.</summary>
    Account,

    /// <summary>A phone with a token (Central's "field key").</summary>
    AppUser,

    /// <summary>Someone who tests a draft through its secret address.</summary>
    DraftTester,

    /// <summary>Someone who fills in a form through a public link.</summary>
    PublicLink,

    /// <summary>The server itself: jobs, the command line.</summary>
    System,
}

/// <summary>Names the way a request came in; kept in the ledger and the audit book.</summary>
internal enum Door
{
    /// <summary>The web interface and its API.</summary>
    Web,

    /// <summary>The ODK Central compatible API.</summary>
    CentralV1,

    /// <summary>Phones, over OpenRosa.</summary>
    OpenRosa,

    /// <summary>The command line on the server.</summary>
    CommandLine,

    /// <summary>A job of the server's own.</summary>
    Job,
}

/// <summary>Whoever asks for something: first argument of every operation.</summary>
/// <param name="Id">The actor; 0 for anonymous and system.</param>
/// <param name="Kind">What kind of actor.</param>
/// <param name="DisplayName">A name to show, never used to decide.</param>
/// <param name="Door">The way the request came in.</param>
/// <param name="Address">The caller's network address, when there is one.</param>
internal sealed record Actor(ActorId Id, ActorKind Kind, string DisplayName, Door Door, string? Address)
{
    /// <summary>What they wrote about why they ask (<c>X-Action-Notes</c>); kept, sealed, beside every line in the audit book.</summary>
    public string? Notes { get; init; }

    /// <summary>They need a second factor and have none: they may set one up and nothing else.</summary>
    public bool MustEnrol { get; init; }

    /// <summary>They came with a page's cookie, which a browser sends by itself: whatever is dangerous is asked of them once more.</summary>
    public bool IsAtPage { get; init; }

    /// <summary>The form whose draft they test: they showed the secret in its address; null for everyone else.</summary>
    public FormId? DraftOf { get; init; }

    /// <summary>When this session last proved that it is still them; null when never.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>What their token was made for; null when they may whatever their roles allow.</summary>
    public ActorBounds? Bounds { get; init; }

    /// <summary>What the request came by, so that it can be looked at again; null where there is no request, or nothing was shown.</summary>
    public Credential? CameBy { get; init; }

    /// <summary>Whether this request goes on because of support access alone; one for all copies of the actor.</summary>
    public SupportNote Support { get; } = new();

    /// <summary>What they use.</summary>
    public ClientFacts Client { get; init; } = ClientFacts.None;

    /// <summary>What their client calls itself; null when it does not.</summary>
    public string? Agent => Client.Agent;

    /// <summary>Makes the actor of a request that carries no credentials.</summary>
    public static Actor Anonymous(Door door, string? address) => new(default, ActorKind.Anonymous, "", door, address);

    /// <summary>Makes the server itself.</summary>
    public static Actor System(Door door) => new(default, ActorKind.System, "Fieldkeep", door, null);
}

/// <summary>What opened an account to a request: one of the three.</summary>
/// <param name="Session">A session.</param>
/// <param name="Token">An API token or app password.</param>
/// <param name="Version">The version of the account's credentials when its password was shown.</param>
internal sealed record Credential(long? Session = null, long? Token = null, long? Version = null);

/// <summary>Limits what a token may; it never gives more than its owner may.</summary>
/// <param name="Permissions">Names of permissions; null for all.</param>
/// <param name="Projects">Projects it reaches; null for all.</param>
internal sealed record ActorBounds(IReadOnlySet<string>? Permissions, IReadOnlySet<long>? Projects);
