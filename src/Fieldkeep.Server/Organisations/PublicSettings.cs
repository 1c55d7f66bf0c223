using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Organisations;

/// <summary>Keeps settings of the whole server as JSON, such as the texts of the sign-in page. Not for secrets.</summary>
internal sealed class PublicSettings(Db db, Policy policy, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    /// <summary>The longest text of a setting, in characters.</summary>
    public const int MostCharacters = 2_000;

    private const string One = "select key, value::text as json, set_at from organisations.settings where key = @key";
    private const string Put = """
        insert into organisations.settings (key, value, set_at) values (@key, @json::jsonb, @now)
        on conflict (key) do update set value = excluded.value, set_at = excluded.set_at
        """;
    private const string Remove = "delete from organisations.settings where key = @key";

    /// <summary>Finds a setting; null when it is not set. Whether the asker may see it is the caller's to know.</summary>
    public Task<PublicSetting?> FindAsync(string key, CancellationToken cancellationToken) =>
        db.FindAsync<PublicSetting>(One, new { key }, cancellationToken);

    /// <summary>Sets a setting.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<PublicSetting> SetAsync(Actor actor, string key, string json, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        var now = clock.GetUtcNow();
        await ChangeAsync(actor, Put, new PublicSetting(key, json, now), cancellationToken);
        return new PublicSetting(key, json, now);
    }

    /// <summary>Takes a setting away; one that is not set stays so.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RemoveAsync(Actor actor, string key, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        await ChangeAsync(actor, Remove, new PublicSetting(key, null, clock.GetUtcNow()), cancellationToken);
    }

    private async Task ChangeAsync(Actor actor, string sql, PublicSetting after, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await tx.FindAsync<PublicSetting>(One, new { key = after.Key }, cancellationToken);
        await tx.ExecuteAsync(sql, new { key = after.Key, json = after.Json, now = after.SetAt }, cancellationToken);
        await changes.AppendAsync(
            tx,
            actor,
            new Change("setting.set", null, "setting", after.Key, new { value = before?.Json }, new { value = after.Json }),
            cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("setting.set", null, "setting", after.Key, null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}

/// <summary>A setting.</summary>
/// <param name="Json">Its value; null when it was taken away.</param>
internal sealed record PublicSetting(string Key, string? Json, DateTimeOffset SetAt);
