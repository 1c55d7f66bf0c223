using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Rights.Terms;

/// <summary>Reads the texts that people and organisations agree to. They are for everyone.</summary>
internal sealed class TextRows(Db db)
{
    /// <summary>What each person agrees to.</summary>
    public const string Terms = "terms";

    /// <summary>What each person is told.</summary>
    public const string Privacy = "privacy";

    /// <summary>What organisations agree to beside the terms: data-processing agreement.</summary>
    public const string Dpa = "dpa";

    /// <summary>Every kind.</summary>
    public static readonly IReadOnlyList<string> Kinds = [Terms, Privacy, Dpa];

    /// <summary>Kinds that persons agree to.</summary>
    public static readonly IReadOnlyList<string> OfPersons = [Terms, Privacy];

    /// <summary>Kinds that organisations agree to.</summary>
    public static readonly IReadOnlyList<string> OfOrganisations = [Terms, Dpa];

    private const string Current = """
        select distinct on (kind) kind, version, body, published_by, published_at from rights.texts order by kind, version desc
        """;
    private const string Due = """
        select t.kind from (select kind, max(version) as version from rights.texts where kind = any (@kinds) group by kind) t
        where not exists (
            select from rights.consents c where c.actor_id = @actor and c.kind = t.kind and c.version = t.version and c.withdrawn_at is null)
        order by t.kind
        """;
    private const string One = "select kind, version, body, published_by, published_at from rights.texts where kind = @kind and version = @version";

    private const string Versions = "select version, published_by, published_at from rights.texts where kind = @kind order by version desc limit 500";

    /// <summary>Gives the newest version of each kind; kinds that nobody published are left out.</summary>
    public Task<IReadOnlyList<PublishedText>> ListCurrentAsync(CancellationToken cancellationToken) =>
        db.ListAsync<PublishedText>(Current, null, cancellationToken);

    /// <summary>Lists the kinds whose newest version somebody has not agreed to.</summary>
    public Task<IReadOnlyList<string>> ListDueAsync(ActorId person, CancellationToken cancellationToken) =>
        db.ListAsync<string>(Due, new { kinds = OfPersons.ToArray(), actor = person.Value }, cancellationToken);

    /// <summary>Finds one version.</summary>
    public Task<PublishedText?> FindAsync(string kind, int version, CancellationToken cancellationToken) =>
        db.FindAsync<PublishedText>(One, new { kind, version }, cancellationToken);

    /// <summary>Lists when each version of a kind was published and by whom, newest first, without the texts.</summary>
    public Task<IReadOnlyList<TextVersion>> ListVersionsAsync(string kind, CancellationToken cancellationToken) =>
        db.ListAsync<TextVersion>(Versions, new { kind }, cancellationToken);
}

/// <summary>That a version of a text was published.</summary>
internal sealed record TextVersion(int Version, long PublishedBy, DateTimeOffset PublishedAt);

/// <summary>One version of a text; plain text, its paragraphs parted by empty lines.</summary>
internal sealed record PublishedText(string Kind, int Version, string Body, long PublishedBy, DateTimeOffset PublishedAt);
