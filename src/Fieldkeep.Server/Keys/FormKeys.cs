using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Odk;

namespace Fieldkeep.Server.Keys;

/// <summary>Keeps the keys that phones encrypt answers to. Callers check access.</summary>
internal sealed class FormKeys(Db db, Sealer sealer, TimeProvider clock)
{
    /// <summary>The longest public key, in characters of base64: RSA with 8,192 bits has 1,476.</summary>
    public const int MostPublicKeyCharacters = 2000;

    /// <summary>Deletes keys of a project: <see cref="RowsOfProject"/>.</summary>
    public const string DeleteOfProject = """
        delete from keys.form_keys where id in (select id from keys.form_keys where project_id = @project limit @rows)
        returning null::bytea
        """;

    /// <summary>Told when a project is recovered: the private half is bound to its project, and only the passphrase could free it.</summary>
    public static readonly LeftByRecovery Left = new(
        "keys that the server made for phones to encrypt to; what they encrypted opens in the living project only",
        "select 'key ' || id from keys.form_keys where project_id = @project and is_managed order by id limit 1000");

    private const string HintColumn = "keys.form_keys.hint";
    private const string PrivateColumn = "keys.form_keys.private_key";

    // Uploads share it, and who turns encryption on has it alone: no form slips in unencrypted meanwhile.
    private const string LockShared = "select pg_advisory_xact_lock_shared(hashtextextended('keys.form_keys', @project))";
    private const string LockAlone = "select pg_advisory_xact_lock(hashtextextended('keys.form_keys', @project))";

    private const string InsertManaged = """
        insert into keys.form_keys (project_id, row_id, public_key, is_managed, hint, private_key, created_by, created_at)
        values (@project, @row, @publicKey, true, @hint, @privateKey, @by, @now)
        on conflict (project_id) where is_managed do nothing
        returning id
        """;

    private const string InsertOther = """
        insert into keys.form_keys (project_id, row_id, public_key, is_managed, created_by, created_at)
        values (@project, @row, @publicKey, false, @by, @now)
        on conflict (project_id, public_key) do nothing
        """;

    private const string ByPublicKey = """
        select id from keys.form_keys where project_id = @project and public_key = @publicKey
        """;

    private const string ManagedOfProject = """
        select id, row_id, public_key, is_managed, hint, created_at from keys.form_keys where project_id = @project and is_managed
        """;

    private const string ManagedOfProjects = """
        select project_id, id from keys.form_keys where project_id = any (@projects) and is_managed
        """;

    private const string Some = """
        select id, row_id, public_key, is_managed, hint, created_at
        from keys.form_keys where project_id = @project and id = any (@keys) order by id desc
        """;

    private const string SealedSome = """
        select id, row_id, private_key from keys.form_keys where project_id = @project and id = any (@keys) and is_managed
        """;

    /// <summary>Makes a key pair whose private half only the passphrase opens. Takes half a second of a core.</summary>
    public NewFormKey Make(ProjectRef project, string passphrase, string? hint)
    {
        var row = Guid.CreateVersion7(clock.GetUtcNow());
        using var pkcs8 = OdkPrivateKey.Create(out var publicKey);
        return new NewFormKey(
            row,
            publicKey,
            hint is null ? null : sealer.Seal(project, EnvelopePurpose.Setting, HintColumn, row, 1, Encoding.UTF8.GetBytes(hint)),
            sealer.SealUnderPassphrase(project, passphrase, PrivateColumn, row, pkcs8.Span));
    }

    /// <summary>Keeps every key of the project as it is until the commit.</summary>
    public static Task HoldAsync(Tx tx, ProjectId project, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(LockShared, new { project = project.Value }, cancellationToken);

    /// <summary>Makes everyone who holds the project's keys wait until the commit.</summary>
    public static Task HoldAloneAsync(Tx tx, ProjectId project, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(LockAlone, new { project = project.Value }, cancellationToken);

    /// <summary>Writes a key the server made; null when the project has one already.</summary>
    public async Task<FormKeyId?> InsertAsync(
        Tx tx, Actor actor, ProjectId project, NewFormKey key, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            project = project.Value,
            row = key.Row,
            publicKey = key.PublicKey,
            hint = key.SealedHint,
            privateKey = key.SealedPrivateKey,
            by = actor.Id.Value,
            now = clock.GetUtcNow(),
        };
        return await tx.FindAsync<long?>(InsertManaged, arguments, cancellationToken) is { } id ? new FormKeyId(id) : null;
    }

    /// <summary>Gives the key of this public half, which is written down when it is new here.</summary>
    public async Task<FormKeyId> EnsureAsync(
        Tx tx, Actor actor, ProjectId project, string publicKey, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var arguments = new { project = project.Value, row = Guid.CreateVersion7(now), publicKey, by = actor.Id.Value, now };
        await tx.ExecuteAsync(InsertOther, arguments, cancellationToken);
        return new FormKeyId(await tx.GetAsync<long>(ByPublicKey, arguments, cancellationToken));
    }

    /// <summary>Finds the key the server made for a project; null while encryption is not turned on.</summary>
    public async Task<FormKey?> FindManagedAsync(Sql sql, ProjectRef project, CancellationToken cancellationToken) =>
        await sql.FindAsync<KeyRow>(ManagedOfProject, new { project = project.Id.Value }, cancellationToken) is { } row
            ? Open(project, row)
            : null;

    /// <summary>Gives the keys the server made, by project; projects without one are left out.</summary>
    public async Task<IReadOnlyDictionary<long, long>> ManagedOfAsync(
        IEnumerable<long> projects, CancellationToken cancellationToken) =>
        (await db.ListAsync<ManagedKey>(ManagedOfProjects, new { projects = projects.ToArray() }, cancellationToken))
            .ToDictionary(key => key.ProjectId, key => key.Id);

    /// <summary>Lists some of a project's keys, the newest first.</summary>
    public async Task<IReadOnlyList<FormKey>> ListAsync(
        ProjectRef project, IReadOnlyCollection<long> keys, CancellationToken cancellationToken) =>
        [.. (await db.ListAsync<KeyRow>(Some, new { project = project.Id.Value, keys = keys.ToArray() }, cancellationToken)).Select(row => Open(project, row))];

    /// <summary>Gives the sealed private halves of those of the keys that the server made.</summary>
    public Task<IReadOnlyList<SealedFormKey>> ListSealedAsync(
        ProjectId project, IReadOnlyCollection<long> keys, CancellationToken cancellationToken) =>
        db.ListAsync<SealedFormKey>(SealedSome, new { project = project.Value, keys = keys.ToArray() }, cancellationToken);

    /// <summary>Opens a private half; null when the passphrase is another one. Takes 136 ms of a core.</summary>
    /// <exception cref="VaultException">It is damaged.</exception>
    public OdkPrivateKey? TryOpen(ProjectRef project, SealedFormKey key, string passphrase) =>
        sealer.TryOpenUnderPassphrase(project, passphrase, PrivateColumn, key.RowId, key.PrivateKey) is { } pkcs8
            ? new OdkPrivateKey(pkcs8)
            : null;

    private FormKey Open(ProjectRef project, KeyRow row) =>
        new(new FormKeyId(row.Id), row.PublicKey, row.IsManaged, HintOf(project, row), row.CreatedAt);

    // A damaged hint must not hide the key.
    private string? HintOf(ProjectRef project, KeyRow row)
    {
        try
        {
            return row.Hint is null
                ? null
                : Encoding.UTF8.GetString(sealer.Open(project, EnvelopePurpose.Setting, HintColumn, row.RowId, 1, row.Hint));
        }
        catch (VaultException)
        {
            return null;
        }
    }

    private sealed record KeyRow(
        long Id, Guid RowId, string PublicKey, bool IsManaged, byte[]? Hint, DateTimeOffset CreatedAt);

    private sealed record ManagedKey(long ProjectId, long Id);
}

/// <summary>The sealed private half of a key.</summary>
internal sealed record SealedFormKey(long Id, Guid RowId, byte[] PrivateKey);
