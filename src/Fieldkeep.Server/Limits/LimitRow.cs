using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Limits;

/// <summary>A limit as it is stored.</summary>
internal sealed record LimitRow
{
    /// <summary>Gives all.</summary>
    public const string All = "select scope_kind, scope_id, name, most from limits.limits order by scope_kind, scope_id, name";

    /// <summary>Those of an erased project go. There are three at most.</summary>
    public static readonly RowsOfProject OfProject = new(
        60, "delete from limits.limits where scope_kind = 'project' and scope_id = @project and @rows > 0 returning null::bytea");

    private const string OfOne = "select scope_kind, scope_id, name, most from limits.limits where scope_kind = @kind and scope_id = @id";
    private const string Lock = "select pg_advisory_xact_lock(7224010080)::text";
    private const string Put = """
        insert into limits.limits (scope_kind, scope_id, name, most) values (@kind, @id, @name, @most)
        on conflict (scope_kind, scope_id, name) do update set most = excluded.most
        """;
    private const string Take = "delete from limits.limits where scope_kind = @kind and scope_id = @id and name = @name";

    public string ScopeKind { get; init; } = "";

    public long ScopeId { get; init; }

    public string Name { get; init; } = "";

    public long Most { get; init; }

    /// <summary>What rows of a place are found by.</summary>
    public static string KeyOf(Scope place) => $"{ScopeNames.Of(place.Kind)} {place.Id}";

    /// <summary>Reads rows of one place.</summary>
    public static LimitSet SetOf(IEnumerable<LimitRow> rows)
    {
        var byName = rows.ToDictionary(row => row.Name, row => (long?)row.Most, StringComparer.Ordinal);
        long? Find(LimitName name) => byName.GetValueOrDefault(LimitNames.Of(name));
        return new LimitSet(
            Find(LimitName.SubmissionsAnHour), Find(LimitName.SubmissionsADay), Find(LimitName.StoredBytes), Find(LimitName.RequestsAMinute));
    }

    /// <summary>Gives those of a place, which nobody else changes until the transaction ends.</summary>
    public static async Task<LimitSet> HoldAsync(Tx tx, Scope place, CancellationToken cancellationToken)
    {
        await tx.FindAsync<string>(Lock, null, cancellationToken);
        return SetOf(await tx.ListAsync<LimitRow>(OfOne, new { kind = ScopeNames.Of(place.Kind), id = place.Id }, cancellationToken));
    }

    /// <summary>Writes one, or takes it away.</summary>
    public static Task WriteAsync(Tx tx, Scope place, LimitName name, long? most, CancellationToken cancellationToken) => tx.ExecuteAsync(
        most is null ? Take : Put,
        new { kind = ScopeNames.Of(place.Kind), id = place.Id, name = LimitNames.Of(name), most = most ?? 0 },
        cancellationToken);
}
