using System.Net;
using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Finds out who makes a request: app user's address, then a public link's token, then bearer token or Basic, then cookie; else nobody.</summary>
/// <remarks>Call it before the body is read. The answer is kept for the request.</remarks>
internal sealed class ActorResolver(
    Sessions sessions,
    BasicCredentials basic,
    AccessTokens tokens,
    AppUserTokens appUsers,
    PublicLinkTokens links,
    AttemptLimits limits,
    FactorDuty duty,
    Suspensions suspensions,
    RequestPace pace,
    AccessBook book,
    PublicAddress publicAddress,
    TimeProvider clock)
{
    private static readonly object Key = new();

    // Most bodies are here at once and cost no second look.
    private static readonly TimeSpan LooksAgainAfter = TimeSpan.FromSeconds(2);

    // A user and password of 320 and 256 characters, in UTF-8 and Base64, are under 4 KB.
    private const int MostBasicCharacters = 4096;

    /// <summary>Gives the actor of a request, and refuses when nobody is signed in, or someone who must set up a second factor first.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.none</c>, <c>session.second_factor_needed</c>, <c>token.not_here</c> and whatever refuses credentials.
    /// </exception>
    public async ValueTask<Actor> RequireAsync(HttpContext http)
    {
        var actor = (await CallerAsync(http)).Actor;
        if (actor.Kind == ActorKind.Anonymous)
        {
            throw AccessProblems.SignInNeeded();
        }

        if (actor.Bounds is not null && !IsSafe(http.Request.Method) && http.GetEndpoint()?.Metadata.GetMetadata<Declaration>() is not { Actions.Count: > 0 })
        {
            // Where no permission is asked for, a token has none that could allow it.
            throw TokenProblems.NotHere();
        }

        return actor.MustEnrol && http.GetEndpoint()?.Metadata.GetMetadata<OpenToEnrolMetadata>() is null
            ? throw AccessProblems.FactorNeeded()
            : actor;
    }

    /// <summary>Gives the actor of a request that nobody need be signed in for; whoever is signed in must be let in everywhere else, too.</summary>
    /// <exception cref="ProblemException">As <see cref="RequireAsync"/>, but for <c>session.none</c>.</exception>
    public async ValueTask<Actor> RequireIfSignedInAsync(HttpContext http) =>
        await ResolveAsync(http) is { Kind: ActorKind.Anonymous } nobody ? nobody : await RequireAsync(http);

    /// <summary>Gives the actor of a request; anonymous when it carries no credentials.</summary>
    /// <exception cref="ProblemException">Credentials were given and refused.</exception>
    public async ValueTask<Actor> ResolveAsync(HttpContext http) => (await CallerAsync(http)).Actor;

    /// <summary>Gives the actor of a request that came through a door, anonymous when it carries no credentials.</summary>
    /// <exception cref="ProblemException">Credentials were given and refused.</exception>
    public async ValueTask<Actor> ResolveAsync(HttpContext http, Door door, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return (await CallerAsync(http)).Actor with { Door = door };
    }

    /// <summary>Gives the actor of a request with the credentials it came by.</summary>
    /// <exception cref="ProblemException">Credentials were given and refused.</exception>
    public async ValueTask<Caller> CallerAsync(HttpContext http)
    {
        if (http.Items.TryGetValue(Key, out var known) && known is Caller caller)
        {
            return caller;
        }

        var at = clock.GetTimestamp();
        var found = await FindAsync(http, http.RequestAborted);
        await RequireGoingOnAsync(http, found.Actor);
        http.Items[Key] = found;
        SecondLook.Keep(http, () => LookAgainAsync(http, found, at));
        return found;
    }

    /// <summary>Gives the caller's network address.</summary>
    public static string? AddressOf(HttpContext http) => http.Connection.RemoteIpAddress is { } address
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : null;

    /// <summary>Makes the actor of a request before its credentials are looked at.</summary>
    public static Actor AnonymousOf(HttpContext http, Door door)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        return Actor.Anonymous(door, AddressOf(http)) with
        {
            Client = new ClientFacts(agent.Length > 0 ? agent : null, http.Request.Cookies[DeviceCookie.Name]),
        };
    }

    // Of an account: phones and links are a project's. What phones bring is limited by what their project takes, and never by how many share an account.
    private async ValueTask RequireGoingOnAsync(HttpContext http, Actor actor)
    {
        if (!WhoAsks.IsPerson(actor))
        {
            return;
        }

        if (await suspensions.FindAsync(Scope.OfAccount(actor.Id), http.RequestAborted) is { } by)
        {
            throw AccessProblems.AccountSuspended(by);
        }

        if (Dialects.Of(http) != Dialect.OpenRosa)
        {
            await pace.TakeAsync(actor, http.RequestAborted);
        }
    }

    // The same credentials are the same person's, or nobody's any more, or refused.
    private async Task LookAgainAsync(HttpContext http, Caller before, long at)
    {
        if (before.Actor.Kind == ActorKind.Anonymous || clock.GetElapsedTime(at) < LooksAgainAfter)
        {
            return;
        }

        var now = (await FindAsync(http, http.RequestAborted)).Actor;
        if (now.Kind == ActorKind.Anonymous)
        {
            throw AccessProblems.SignInNeeded();
        }

        if (WhoAsks.IsPerson(now) && await suspensions.FindAsync(Scope.OfAccount(now.Id), http.RequestAborted) is { } by)
        {
            throw AccessProblems.AccountSuspended(by);
        }
    }

    private async ValueTask<Caller> FindAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var anonymous = AnonymousOf(http, Dialects.DoorOf(Dialects.Of(http))) with { Notes = RequestNotes.Of(http) };
        if (KeyPath.TokenOf(http.Request.Path) is { } key)
        {
            return await ByKeyAsync(anonymous, key, cancellationToken);
        }

        if (Dialects.Of(http) == Dialect.OpenRosa && http.Request.Query["st"].ToString() is { Length: > 0 } linkToken)
        {
            return Of(anonymous, await links.GetAsync(linkToken, anonymous.Address, cancellationToken));
        }

        var authorization = http.Request.Headers.Authorization.ToString();
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return await ByBearerAsync(anonymous, authorization[7..].Trim(), cancellationToken);
        }

        if (authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return await ByBasicAsync(http, anonymous, authorization[6..].Trim(), cancellationToken);
        }

        return await ByCookieAsync(http, anonymous, cancellationToken);
    }

    // As in ODK Central, an address may carry the token of an app user or of a public link.
    private async ValueTask<Caller> ByKeyAsync(Actor anonymous, string key, CancellationToken cancellationToken)
    {
        if (await appUsers.FindAsync(key, cancellationToken) is { } phone)
        {
            var actor = anonymous with { Id = phone.Id, Kind = ActorKind.AppUser, DisplayName = phone.DisplayName };
            return new Caller(actor, null, null, phone.Project);
        }

        if (await links.FindAsync(key, anonymous.Address, cancellationToken) is { } link)
        {
            return Of(anonymous, link);
        }

        NoteUnknown(anonymous, "app_user");
        throw appUsers.Refusal(anonymous.Address);
    }

    private async ValueTask<Caller> ByBearerAsync(Actor anonymous, string token, CancellationToken cancellationToken)
    {
        if (!TokenSecret.Is(token))
        {
            if (await sessions.FindAsync(token, anonymous.Address, cancellationToken) is { IsCookie: false } session)
            {
                return await OfAsync(anonymous, session, token, cancellationToken);
            }
        }
        else if (await tokens.FindAsync(token, anonymous.Address, cancellationToken) is { IsAppPassword: false } known)
        {
            return await OfAsync(anonymous, known, cancellationToken);
        }

        NoteUnknown(anonymous, "bearer");
        limits.CountUnknownToken(anonymous.Address);
        throw AccountProblems.TokenRefused();
    }

    // Once a minute for each address: a phone that was revoked asks again and again.
    private void NoteUnknown(Actor anonymous, string way) =>
        book.NoteOnce($"{way} {anonymous.Address}", new AccessEvent(AccessKinds.TokenRefused, false, anonymous) { Way = way });

    private async ValueTask<Caller> ByBasicAsync(
        HttpContext http, Actor anonymous, string encoded, CancellationToken cancellationToken)
    {
        if (!http.Request.IsHttps && !IsLoopback(http))
        {
            throw AccountProblems.HttpsOnly();
        }

        if (!IsSafe(http.Request.Method) && IsFromElsewhere(http))
        {
            // Browsers keep a password of Basic and send it with whatever page asks them to.
            throw AccountProblems.FromElsewhere();
        }

        var (email, password) = ReadBasic(encoded) ?? throw AccountProblems.Refused();
        if (TokenSecret.Is(password))
        {
            return await ByTokenInBasicAsync(http, anonymous, email, password, cancellationToken);
        }

        var account = await basic.CheckAsync(anonymous, email, password, cancellationToken);
        var actor = anonymous with
        {
            Id = account.Id,
            Kind = ActorKind.Account,
            DisplayName = account.DisplayName,
            CameBy = new Credential(Version: account.CredentialsVersion),
            ConfirmedAt = clock.GetUtcNow(), // The password came with this very request.
            MustEnrol = await duty.IsOverdueAsync(account.Id, cancellationToken),
        };
        return new Caller(actor, null, null, null);
    }

    // App passwords are for phones and Central's clients.
    private async ValueTask<Caller> ByTokenInBasicAsync(
        HttpContext http, Actor anonymous, string email, string secret, CancellationToken cancellationToken)
    {
        var known = await tokens.FindAsync(email, secret, anonymous.Address, cancellationToken);
        if (known is null || (known.IsAppPassword && Dialects.Of(http) == Dialect.Api))
        {
            limits.CountUnknownToken(anonymous.Address);
            throw AccountProblems.Refused();
        }

        return await OfAsync(anonymous, known, cancellationToken);
    }

    // A cookie that is no longer good is as good as none: the page shows the sign-in.
    private async ValueTask<Caller> ByCookieAsync(
        HttpContext http, Actor anonymous, CancellationToken cancellationToken)
    {
        if (http.Request.Cookies[SessionCookie.Name] is not { Length: > 0 } token
            || await sessions.FindAsync(token, anonymous.Address, cancellationToken) is not { IsCookie: true } session)
        {
            return new Caller(anonymous, null, null, null);
        }

        if (!IsSafe(http.Request.Method) && !SecretToken.IsCsrfOf(token, http.Request.Headers["X-CSRF-Token"]))
        {
            throw AccountProblems.CsrfMissing();
        }

        return await OfAsync(anonymous, session, token, cancellationToken);
    }

    private static Caller Of(Actor anonymous, PublicLinkIdentity link)
    {
        var actor = anonymous with { Id = link.ActorId, Kind = ActorKind.PublicLink, DisplayName = link.DisplayName };
        return new Caller(actor, null, null, link.ProjectId);
    }

    private async ValueTask<Caller> OfAsync(Actor anonymous, Session session, string token, CancellationToken cancellationToken)
    {
        var due = await duty.DueAsync(session.Account, session.HasSecondFactor, session.FactorAskedAt, cancellationToken);
        var actor = anonymous with
        {
            Id = session.Account,
            Kind = ActorKind.Account,
            DisplayName = session.DisplayName,
            CameBy = new Credential(Session: session.Id),
            IsAtPage = session.IsCookie,
            ConfirmedAt = session.Bounds is null ? session.ConfirmedAt : null,
            Bounds = session.Bounds,
            MustEnrol = due <= clock.GetUtcNow(),
        };
        return new Caller(actor, session, token, null);
    }

    // Phones go on sending while their owner is asked for a second factor.
    private async ValueTask<Caller> OfAsync(Actor anonymous, TokenIdentity token, CancellationToken cancellationToken)
    {
        var actor = anonymous with
        {
            Id = token.Owner.Id,
            Kind = ActorKind.Account,
            DisplayName = token.Owner.DisplayName,
            CameBy = new Credential(Token: token.Id),
            Bounds = token.Bounds,
            MustEnrol = !token.IsAppPassword && await duty.IsOverdueAsync(token.Owner.Id, cancellationToken),
        };
        return new Caller(actor, null, null, null);
    }

    private static (string Email, string Password)? ReadBasic(string encoded)
    {
        var bytes = new byte[Math.Min(encoded.Length, MostBasicCharacters)];
        if (encoded.Length > MostBasicCharacters || !Convert.TryFromBase64String(encoded, bytes, out var length))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (text[..colon], text[(colon + 1)..]) : null;
    }

    // No page can write Sec-Fetch-Site; a browser too old to send it sends Origin. Programs send neither.
    private bool IsFromElsewhere(HttpContext http)
    {
        if (http.Request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site)
        {
            return site is not ("same-origin" or "none");
        }

        return http.Request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !string.Equals(origin, $"{http.Request.Scheme}://{http.Request.Host}", StringComparison.OrdinalIgnoreCase)
            && !string.Equals(origin, publicAddress.Of(http), StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool IsLoopback(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !ForwardedCallers.IsForwarded(http);
}
