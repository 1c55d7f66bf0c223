using Fieldkeep.Backup.Tests.Support;
using Xunit;

// Made once for all classes: each test works on a copy.
[assembly: AssemblyFixture(typeof(SampleTemplate))]

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>One stopped installation for all tests to copy.</summary>
public sealed class SampleTemplate : IAsyncLifetime
{
    internal SampleInstallation Installation { get; private set; } = null!; // set by InitializeAsync before every test

    public async ValueTask InitializeAsync() => Installation = await SampleInstallation.CreateAsync();

    public ValueTask DisposeAsync()
    {
        Installation.Dispose();
        return ValueTask.CompletedTask;
    }
}
