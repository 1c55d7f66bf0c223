using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Rights.Terms;

/// <summary>Publishes the next version of a text: whoever has to agree to it is asked at their next visit.</summary>
internal sealed class PublishText(Db db, Policy policy, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const int MostCharacters = 200_000;

    // Of two at once the second waits, and gets the next number.
    private const string Lock = "select pg_advisory_xact_lock(hashtext('rights.texts'))::text";
    private const string Insert = """
        insert into rights.texts (kind, version, body, published_by, published_at)
        select @kind, coalesce(max(version), 0) + 1, @body, @by, @now from rights.texts where kind = @kind
        returning version
        """;

    /// <summary>Publishes it; gives the number of the version.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>session.confirmation_needed</c>, <c>text.unknown</c>, <c>text.invalid</c>.</exception>
    public async Task<int> RunAsync(Actor actor, string kind, string? body, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
        RightsProblems.RequireText(kind, TextRows.Kinds);
        var text = (body ?? "").ReplaceLineEndings("\n").Trim();
        if (text.Length is 0 or > MostCharacters || text.Contains('\0', StringComparison.Ordinal))
        {
            throw RightsProblems.TextInvalid(MostCharacters);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.GetAsync<string>(Lock, null, cancellationToken);
        var row = new { kind, body = text, by = actor.Id.Value, now = clock.GetUtcNow() };
        var version = await tx.GetAsync<int>(Insert, row, cancellationToken);
        var id = $"{kind} {version}";
        await changes.AppendAsync(tx, actor, new Change("text.publish", null, "text", id, null, new { kind, version, body = text }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("text.publish", null, "text", id, null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return version;
    }
}
