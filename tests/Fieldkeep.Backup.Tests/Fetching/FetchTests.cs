using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Fetching;

/// <summary>Tests that each have a backup directory and a distant copy of their own.</summary>
public abstract class FetchTests(FetchSource made) : IAsyncLifetime
{
    private protected FetchedCopy Distant { get; private set; } = null!; // set by InitializeAsync before every test

    private protected FetchSource Made => made;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Distant = await FetchedCopy.OfAsync(made);

    public ValueTask DisposeAsync()
    {
        Distant.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
