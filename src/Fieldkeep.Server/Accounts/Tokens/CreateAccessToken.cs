using System.Net;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>Makes a token or an app password for oneself; its secret is in the answer and nowhere else.</summary>
internal sealed class CreateAccessToken(
    Db db, Policy policy, AccountLetters letters, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    /// <summary>The most projects one token is bound to.</summary>
    public const int MostProjects = 100;

    /// <summary>The most networks one token is bound to.</summary>
    public const int MostNetworks = 20;

    /// <summary>The longest life of a token, in days.</summary>
    public const int MostDays = 365;

    /// <summary>The most good tokens one account has.</summary>
    public const int MostTokens = 50;

    private const int UsualDays = 90;

    private const string CountGood = """
        select count(*)::int from accounts.access_tokens where actor_id = @actor and ended_at is null and expires_at > @now
        """;
    private const string Insert = """
        insert into accounts.access_tokens (actor_id, kind, name, token_hash, scopes, projects, networks, created_at, expires_at)
        values (@actor, @kind, @name, @hash, @scopes, @projects, @networks, @now, @expires)
        returning id
        """;

    private const string ProjectsOf = """
        select distinct parent_id from access.places_view
        where kind = 'form' and id = any (@forms) and parent_kind = 'project' and until is null
        """;

    /// <summary>Makes it. The session must have proved itself again within ten minutes.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.none</c>, <c>session.confirmation_needed</c>, <c>account.name_invalid</c>, <c>token.scopes_invalid</c>, <c>token.projects_invalid</c>,
    /// <c>token.networks_invalid</c>, <c>token.expiry_invalid</c>, <c>token.too_many</c>.
    /// </exception>
    public async Task<NewToken> RunAsync(Actor actor, WantedToken wanted, CancellationToken cancellationToken)
    {
        policy.RequireFresh(actor);
        var now = clock.GetUtcNow();
        var token = await CheckAsync(actor, wanted, now, cancellationToken);
        var secret = TokenSecret.Create(wanted.IsAppPassword);
        await using var tx = await db.BeginAsync(cancellationToken);
        await LiveCredentials.RequireAsync(tx, actor, now, cancellationToken);
        if (await tx.GetAsync<int>(CountGood, new { actor = actor.Id.Value, now }, cancellationToken) >= MostTokens)
        {
            throw TokenProblems.TooMany();
        }

        var id = await tx.GetAsync<long>(
            Insert,
            new
            {
                actor = actor.Id.Value,
                kind = token.Kind,
                name = token.Name,
                hash = SecretToken.HashOf(secret),
                scopes = token.Scopes.ToArray(),
                projects = token.Projects?.ToArray(),
                networks = token.Networks.ToArray(),
                now,
                expires = token.ExpiresAt,
            },
            cancellationToken);
        var after = new { token.Kind, token.Name, token.Scopes, token.Projects, token.Networks, token.ExpiresAt };
        await changes.AppendAsync(
            tx, actor, new Change("token.create", null, "access_token", id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("token.create", null, "access_token", id.ToString(), token.Kind), cancellationToken);
        await letters.AppendAsync(
            tx, actor.Id, "token_made", [("token", token.Name), ("link", letters.LinkTo("/account/tokens"))], cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return new NewToken(token with { Id = id }, secret);
    }

    private async Task<AccessToken> CheckAsync(
        Actor actor, WantedToken wanted, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var name = AccountRows.CheckName(wanted.Name, "name");
        var days = wanted.Days ?? UsualDays;
        if (days is < 1 or > MostDays)
        {
            throw TokenProblems.ExpiryInvalid();
        }

        var scopes = wanted.IsAppPassword ? TokenScopes.OfAppPassword : wanted.Scopes.Distinct(StringComparer.Ordinal).ToList();
        if (scopes.Count == 0 || scopes.Any(scope => !TokenScopes.Names.Contains(scope)))
        {
            throw TokenProblems.ScopesInvalid();
        }

        var projects = wanted.Projects?.Distinct().ToList();
        if (projects is { Count: 0 or > MostProjects } || (wanted.IsAppPassword && projects is not { Count: 1 }))
        {
            throw TokenProblems.ProjectsInvalid();
        }

        if (projects is not null)
        {
            await RequireReachedAsync(actor, projects, cancellationToken);
        }

        return new AccessToken(
            0, wanted.IsAppPassword ? "app_password" : "token", name, scopes, projects, Networks(wanted), now, now.AddDays(days), null, null);
    }

    // Whoever collects for a deployment reaches a form of the project, and not the project.
    private async Task RequireReachedAsync(Actor actor, IReadOnlyList<long> projects, CancellationToken cancellationToken)
    {
        var seen = await policy.ScopesWithAsync(actor, Permission.ProjectRead, cancellationToken);
        var forms = (await policy.ScopesWithAsync(actor, Permission.FormList, cancellationToken)).Forms;
        var around = forms.Count == 0 ? [] : await db.ListAsync<long>(ProjectsOf, new { forms = forms.ToArray() }, cancellationToken);
        if (projects.Any(project => !seen.Covers(new ProjectId(project)) && !around.Contains(project)))
        {
            throw TokenProblems.ProjectsInvalid();
        }
    }

    private static List<string> Networks(WantedToken wanted)
    {
        var networks = wanted.Networks.Select(network => network.Trim()).Where(network => network.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        return networks.Count <= MostNetworks
            ? networks.ConvertAll(network => NetworkOf(network)?.ToString() ?? throw TokenProblems.NetworksInvalid())
            : throw TokenProblems.NetworksInvalid();
    }

    // A single address is a network of one. “1” and “0x7f000001” are addresses to the library, not to people.
    private static IPNetwork? NetworkOf(string text)
    {
        var isWritten = text.Length <= 49 && (text.Contains(':', StringComparison.Ordinal) || text.Split('/')[0].Split('.').Length == 4);
        if (!isWritten)
        {
            return null;
        }

        return IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
            : IPNetwork.TryParse(text, out var network) ? network : null;
    }
}

/// <summary>What a token is to be.</summary>
/// <param name="Scopes">Words of <see cref="TokenScopes"/>; an app password has its own.</param>
/// <param name="Projects">Null for all that its owner reaches.</param>
/// <param name="Days">How long it is good; null for 90 days.</param>
internal sealed record WantedToken(
    bool IsAppPassword, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<long>? Projects, IReadOnlyList<string> Networks, int? Days);
