using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>A directory for the keys of one installation, gone at the end.</summary>
public abstract class KeyringStage : IDisposable
{
    private protected ScratchDirectory Scratch { get; } = new();

    private protected KeyringFiles Files => Scratch.Files;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Scratch.Dispose();
        }
    }

    private protected static VaultFailure Refusal(Action action) => Assert.Throws<VaultException>(action).Reason;

    private protected Keyring Create() => Keyring.Create(Files, TimeProvider.System);

    private protected Keyring Open() => Keyring.Open(Files, TimeProvider.System);

    private protected void AssertSameCopies() =>
        Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(Files.KeyringPaths[1]));
}
