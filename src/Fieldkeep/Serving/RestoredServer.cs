using Fieldkeep.Backup;
using Fieldkeep.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Serving;

/// <summary>The server's operations on an installation that was restored into a scratch folder and runs for a moment, with the keys of the living one.</summary>
internal sealed class RestoredServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RestoredServer(WebApplication app) => _app = app;

    /// <summary>Opens it and brings its schema up to date. Its background work does not run.</summary>
    public static async Task<RestoredServer> OpenAsync(RestoredInstallation restored, TimeProvider clock, CancellationToken cancellationToken)
    {
        var app = OfflineServer.Build(new ServerSettings
        {
            DataDirectory = restored.DataDirectory,
            ConnectionString = restored.ConnectionString,
            Keyring = restored.Keyring,
            Clock = clock,
        });
        try
        {
            await app.MigrateAsync(cancellationToken);
            return new RestoredServer(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The parts of the server.</summary>
    public IServiceProvider Parts => _app.Services;

    /// <summary>An operation of the server.</summary>
    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
