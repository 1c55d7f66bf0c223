using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Lifecycle;

/// <summary>A server on which months pass: administrators are not sent away meanwhile for want of a second factor.</summary>
public sealed class PatientServer(TestCluster cluster) : IAsyncLifetime
{
    /// <summary>The server.</summary>
    public TestServer Server { get; } = new(cluster) { Configure = settings => settings with { SecondFactorGrace = TimeSpan.FromDays(3650) } };

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => Server.InitializeAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
