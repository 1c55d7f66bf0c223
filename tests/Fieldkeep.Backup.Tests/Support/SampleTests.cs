using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>Tests that each have a copy of the sample installation of their own.</summary>
public abstract class SampleTests(SampleTemplate template) : IAsyncLifetime
{
    private protected SampleInstallation Sample { get; private set; } = null!; // set by InitializeAsync before every test

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Sample = await template.Installation.CopyAsync();

    public ValueTask DisposeAsync()
    {
        Sample.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
