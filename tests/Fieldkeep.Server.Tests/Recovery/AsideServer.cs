using Fieldkeep.Backup;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Fieldkeep.Server.Tests.Recovery;

/// <summary>A server that stands for what was restored from its backup, too, and recovers when a test has it do so. Backups themselves are tried in the tests of the command line.</summary>
public sealed class AsideServer : IAsyncLifetime
{
    public const string Backup = "20261122T100000Z-1f2e3d4c";

    public AsideServer(TestCluster cluster) => Server = new TestServer(cluster)
    {
        Configure = settings => settings with { Aside = new AsideRestores(RestoreAsync, PlanAsync) },
        Replace = services => services.Remove(services.Single(
            part => part.ServiceType == typeof(IHostedService) && part.ImplementationFactory?.Method.ReturnType == typeof(RunRecoveries))),
    };

    public TestServer Server { get; }

    /// <summary>What befalls a restore before anybody looks; nothing when null.</summary>
    public Func<CancellationToken, Task>? Before { get; set; }

    /// <summary>What befalls what was restored after somebody looked; nothing when null.</summary>
    public Func<CancellationToken, Task>? After { get; set; }

    /// <summary>What befalls whoever looks what a restore takes; nothing when null.</summary>
    public Func<CancellationToken, Task>? Planning { get; set; }

    public ValueTask InitializeAsync() => Server.InitializeAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private async Task RestoreAsync(DateTimeOffset to, LookAside look, IProgress<string> progress, CancellationToken cancellationToken)
    {
        await (Before?.Invoke(cancellationToken) ?? Task.CompletedTask);
        var asOf = to == RestoreOptions.Latest ? Server.Clock.GetUtcNow() : to;
        var restored = new RestoredInstallation(Server.ConnectionString, Server.DataFolder, Server.Services.GetRequiredService<Keyring>(), null) { Backup = Backup, AsOf = asOf };
        await look(Server.Services, restored, cancellationToken);
        await (After?.Invoke(cancellationToken) ?? Task.CompletedTask);
    }

    private async Task<RestorePlan> PlanAsync(DateTimeOffset to, CancellationToken cancellationToken)
    {
        await (Planning?.Invoke(cancellationToken) ?? Task.CompletedTask);
        return new RestorePlan(Backup, Server.Clock.GetUtcNow().AddDays(-1), to == RestoreOptions.Latest ? null : to, Server.Clock.GetUtcNow()) { BlobCount = 3, BlobBytes = 300 };
    }
}
