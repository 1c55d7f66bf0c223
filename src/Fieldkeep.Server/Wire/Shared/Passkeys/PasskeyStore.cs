using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.AspNetCore.Identity;

namespace Fieldkeep.Server.Wire.Shared.Passkeys;

/// <summary>Shows Identity's passkey handler the passkeys we keep. It only reads: what it proves is written by our operations.</summary>
internal sealed class PasskeyStore(Server.Accounts.Factors.Passkeys passkeys, Keyring keyring) : IUserPasskeyStore<PasskeyPerson>
{
    /// <summary>Gives the handle of an account: bound to this installation, so that one begun anew never overwrites another's passkeys.</summary>
    public string HandleOf(ActorId account) => $"{keyring.InstallationId:n}.{account}";

    /// <summary>Gives the account of a handle; null when it is not one of ours.</summary>
    public ActorId? AccountOf(string handle) =>
        handle.Split('.') is [var installation, var id] && installation == keyring.InstallationId.ToString("n")
            && long.TryParse(id, System.Globalization.NumberStyles.None, null, out var account)
            ? new ActorId(account)
            : null;

    /// <inheritdoc/>
    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(PasskeyPerson user, CancellationToken cancellationToken) =>
        AccountOf(user.Handle) is { } account
            ? [.. (await passkeys.ListAsync(account, cancellationToken)).Select(Of)]
            : [];

    /// <inheritdoc/>
    public async Task<PasskeyPerson?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        await passkeys.FindAsync(credentialId, cancellationToken) is { } passkey ? new PasskeyPerson(HandleOf(passkey.ActorId)) : null;

    /// <inheritdoc/>
    public async Task<UserPasskeyInfo?> FindPasskeyAsync(
        PasskeyPerson user, byte[] credentialId, CancellationToken cancellationToken) =>
        await passkeys.FindAsync(credentialId, cancellationToken) is { } passkey && AccountOf(user.Handle) == passkey.ActorId
            ? Of(passkey)
            : null;

    /// <inheritdoc/>
    public Task<PasskeyPerson?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        Task.FromResult(AccountOf(userId) is null ? null : new PasskeyPerson(userId));

    /// <inheritdoc/>
    public Task<string> GetUserIdAsync(PasskeyPerson user, CancellationToken cancellationToken) => Task.FromResult(user.Handle);

    /// <inheritdoc/>
    public Task<string?> GetUserNameAsync(PasskeyPerson user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Handle);

    /// <inheritdoc/>
    public Task AddOrUpdatePasskeyAsync(PasskeyPerson user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public Task RemovePasskeyAsync(PasskeyPerson user, byte[] credentialId, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public Task SetUserNameAsync(PasskeyPerson user, string? userName, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public Task<string?> GetNormalizedUserNameAsync(PasskeyPerson user, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public Task SetNormalizedUserNameAsync(PasskeyPerson user, string? normalizedName, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public Task<IdentityResult> CreateAsync(PasskeyPerson user, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public Task<IdentityResult> UpdateAsync(PasskeyPerson user, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public Task<IdentityResult> DeleteAsync(PasskeyPerson user, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public Task<PasskeyPerson?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw ReadsOnly();

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private static UserPasskeyInfo Of(Passkey passkey) => new(
        passkey.CredentialId,
        passkey.PublicKey,
        passkey.CreatedAt,
        checked((uint)passkey.SignCount),
        passkey.Transports.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        isUserVerified: true,
        passkey.IsBackupEligible,
        passkey.IsBackedUp,
        attestationObject: [],
        clientDataJson: []);

    private static InvalidOperationException ReadsOnly() => new("Passkeys and accounts are written by the operations of the Accounts room.");
}
