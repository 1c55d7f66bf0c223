using System.CommandLine;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Serving;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Cli;

/// <summary>Opens the keys and the database of a data directory for reading, beside a running server or without one. Nothing is changed.</summary>
internal sealed class OfflineReading : IAsyncDisposable
{
    private readonly DataLock? _held;
    private readonly DatabaseHome? _database;

    private OfflineReading(string root, Keyring? keyring, string? whyNoKeys, string address, DataLock? held, DatabaseHome? database)
    {
        (Root, Keyring, WhyNoKeys, ConnectionString) = (root, keyring, whyNoKeys, address);
        (_held, _database) = (held, database);
    }

    /// <summary>The root key of a command that reads.</summary>
    public static Option<string?> RootKey { get; } = new("--root-key")
    {
        Description = "The root key file; a provider, as “serve” takes it, asks whoever holds the key. FIELDKEEP_ROOT_KEY. Default: whoever holds it",
        HelpName = "FILE",
    };

    /// <summary>The data directory.</summary>
    public string Root { get; }

    /// <summary>The opened keys; null when they cannot be opened.</summary>
    public Keyring? Keyring { get; }

    /// <summary>Why there are no keys; null with them.</summary>
    public string? WhyNoKeys { get; }

    /// <summary>The database.</summary>
    public string ConnectionString { get; }

    /// <summary>Opens them.</summary>
    /// <exception cref="CommandException">There is no database.</exception>
    /// <exception cref="ClusterException">The database is not to be had.</exception>
    public static async Task<OfflineReading> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folders = new ClusterFolders(Settings.DataDirectoryOf(parsed));
        var given = Settings.TextOf(parsed, Settings.Database);
        if (given is null && !Directory.Exists(folders.Cluster))
        {
            throw new CommandException(
                ExitCodes.FileTrouble, $"{folders.Root} has no database: there is no {folders.Cluster}", "give the server's --data, and its --database if it has one");
        }

        await DataOwner.RequireAsync(folders.Root, cancellationToken);
        var (keyring, why) = await OpenKeysAsync(folders, Settings.RootKeyFileOf(parsed, RootKey), cancellationToken);
        DataLock? held = null;
        DatabaseHome? database = null;
        try
        {
            held = DataLock.TryTake(folders.Root);
            database = held is null ? null : await DatabaseHome.OpenAsync(held, given, TimeProvider.System, cancellationToken);
            var address = database?.ConnectionString ?? given ?? OfflineServer.AddressOfRunning(folders.Root).ConnectionString;
            return new OfflineReading(folders.Root, keyring, why, address, held, database);
        }
        catch
        {
            await CloseAsync(keyring, database, held);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => CloseAsync(Keyring, _database, _held);

    private static async ValueTask CloseAsync(Keyring? keyring, DatabaseHome? database, DataLock? held)
    {
        keyring?.Dispose();
        if (database is not null)
        {
            await database.DisposeAsync();
        }

        held?.Dispose();
    }

    private static async Task<(Keyring? Keyring, string? Why)> OpenKeysAsync(ClusterFolders folders, string? rootKey, CancellationToken cancellationToken)
    {
        var files = KeyringFiles.Below(folders.Root);
        try
        {
            var root = rootKey is null ? await KeyringHome.OpenRootAsync(files, cancellationToken) : Vault.Keys.RootKey.Read(rootKey);
            return (Keyring.OpenReadOnly(root, files.KeyringPaths, TimeProvider.System), null);
        }
        catch (VaultException missing)
        {
            return (null, missing.Message);
        }
    }
}
