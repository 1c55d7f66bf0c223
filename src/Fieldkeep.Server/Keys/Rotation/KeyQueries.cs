using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Tells which keys there are, how old they are and how often they sealed; never a key.</summary>
internal sealed class KeyQueries(Db db, Policy policy, Keyring keyring, RotationRows rotations, TimeProvider clock)
{
    /// <summary>After so many seals a key should be replaced: 2^32.</summary>
    public const long MostSeals = 1L << 32;

    private const string Usage = "select key_id, seals from keys.usage where key_id = any (@keys)";

    private static readonly TimeSpan MostAge = TimeSpan.FromDays(365);

    /// <summary>Lists a project's data keys, the one that seals first, and its newest rotation.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<ProjectKeyList> ListAsync(Actor actor, ProjectRef project, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.KeyRotate, Scope.Of(project.Id), cancellationToken);
        var keys = keyring.GetProjectKeys(project.Key);
        var all = keys.DataKeys.OrderBy(key => key.OpensOnly).ThenByDescending(key => key.CreatedAt).ToList();
        var seals = (await db.ListAsync<Counted>(Usage, new { keys = all.Select(key => key.Id.Value).ToArray() }, cancellationToken))
            .ToDictionary(row => row.KeyId, row => row.Seals);
        return new ProjectKeyList(
            [.. all.Select(key => Describe(key, seals.GetValueOrDefault(key.Id.Value)))],
            await rotations.FindNewestAsync(project.Id, cancellationToken));
    }

    /// <summary>Tells about the installation's keyring, for whoever runs the server.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<KeyringState> GetKeyringAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        var primaries = keyring.Projects.Select(keyring.FindProjectKeys).OfType<ProjectKeys>().Select(project => project.Primary).ToList();
        var seals = (await db.ListAsync<Counted>(Usage, new { keys = primaries.Select(key => key.Id.Value).ToArray() }, cancellationToken))
            .ToDictionary(row => row.KeyId, row => row.Seals);
        return new KeyringState(
            keyring.InstallationId,
            keyring.Generation,
            keyring.Epoch,
            keyring.RootFingerprint,
            keyring.HasRecoveryKey,
            primaries.Count,
            primaries.Count(key => Describe(key, seals.GetValueOrDefault(key.Id.Value)).IsDue))
        {
            Providers = keyring.RootProviders,
            Notes = keyring.Notes,
            RecoveryKeyMadeAt = keyring.RecoveryKeyMadeAt,
            Copies = keyring.LookAtCopies(),
            Targets = keyring.LookAtTargets(),
            Rotations = await rotations.ListOpenAsync(cancellationToken),
        };
    }

    private KeyState Describe(DataKey key, long seals) => new(
        key.Id, key.CreatedAt, !key.OpensOnly, seals, !key.OpensOnly && (seals >= MostSeals || clock.GetUtcNow() - key.CreatedAt >= MostAge));

    private sealed record Counted(Guid KeyId, long Seals);
}

/// <summary>A project's data keys.</summary>
internal sealed record ProjectKeyList(IReadOnlyList<KeyState> Keys, RotationRow? Rotation);

/// <summary>One data key.</summary>
/// <param name="Id">Its id, which may be shown.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="IsPrimary">Whether it seals; others open only.</param>
/// <param name="Seals">How often it sealed, as counted up to a minute ago.</param>
/// <param name="IsDue">Whether it should be replaced: it is a year old, or sealed 2^32 times.</param>
internal sealed record KeyState(KeyId Id, DateTimeOffset CreatedAt, bool IsPrimary, long Seals, bool IsDue);

/// <summary>The installation's keyring.</summary>
internal sealed record KeyringState(
    Guid Installation, long Generation, Guid Epoch, string RootFingerprint, bool HasRecoveryKey, int Projects, int KeysDue)
{
    /// <summary>Who holds the root key.</summary>
    public IReadOnlyList<string> Providers { get; init; } = [];

    /// <summary>How many erased rows and rewritings it remembers.</summary>
    public (int ErasedRows, int Rewritings) Notes { get; init; }

    /// <summary>When the recovery key was made.</summary>
    public DateTimeOffset? RecoveryKeyMadeAt { get; init; }

    /// <summary>The keyring's own copies.</summary>
    public IReadOnlyList<(string Path, bool IsNewest)> Copies { get; init; } = [];

    /// <summary>The backup directories.</summary>
    public IReadOnlyList<(KeyringTarget Target, TargetLook Look)> Targets { get; init; } = [];

    /// <summary>Replacements whose older keys are not destroyed yet.</summary>
    public IReadOnlyList<RotationRow> Rotations { get; init; } = [];
}
