using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Upgrades;
using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>An installation of which a snapshot was taken, and that was changed since. Tests copy it.</summary>
public sealed class UpgradedInstallation : IAsyncLifetime
{
    private SampleInstallation? _sample;
    private SnapshotNote? _note;

    internal SampleInstallation Sample => _sample ?? throw new InvalidOperationException("Not made yet.");

    internal SnapshotNote Note => _note ?? throw new InvalidOperationException("Not made yet.");

    /// <summary>The rows when the snapshot was taken.</summary>
    internal string? Before { get; private set; }

    /// <summary>The rows now.</summary>
    internal string? After { get; private set; }

    public async ValueTask InitializeAsync()
    {
        _sample = await SampleInstallation.CreateAsync();
        using (var held = DataLock.Take(_sample.Data))
        {
            _note = await TakeSnapshot.RunAsync(held, "0001", "0002", 7, _sample.Progress, TimeProvider.System, CancellationToken.None);
        }

        await using var running = await _sample.StartAsync(_sample.Data);
        Before = await SampleInstallation.DigestAsync(running.Address);
        await SampleInstallation.ExecuteAsync(running.Address, "update field.rows set answer = 'newer' where id < 100; delete from field.rows where id > 1990");
        After = await SampleInstallation.DigestAsync(running.Address);
    }

    public ValueTask DisposeAsync()
    {
        _sample?.Dispose();
        return ValueTask.CompletedTask;
    }
}
