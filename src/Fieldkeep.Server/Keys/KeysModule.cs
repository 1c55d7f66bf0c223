using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Keys;

/// <summary>Registers the keys room; the keyring itself is opened before the server is composed.</summary>
internal static class KeysModule
{
    // Told by the tables of rotations and erasures.
    private const string KeysSignal = "keys";

    /// <summary>Adds sealing, the rotation of keys, and the keys that phones encrypt to.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="oldKeysFor">How long older keys open after everything was sealed anew.</param>
    public static IServiceCollection AddKeys(this IServiceCollection services, TimeSpan oldKeysFor) => services
        .AddSingleton(new OldKeysFor(oldKeysFor))
        .AddSingleton<Sealer>()
        .AddSingleton(FormKeys.Left)
        .AddSingleton<FormKeys>()
        .AddSingleton<OpenFormKeys>()
        .AddSingleton(new RowsOfProject(50, FormKeys.DeleteOfProject))
        .AddSingleton(FormKeyColumns.Hint)
        .AddSingleton(FormKeyColumns.PrivateKey)
        .AddSingleton<RotationRows>()
        .AddSingleton<RotateProjectKey>()
        .AddSingleton<RotateEpoch>()
        .AddSingleton<RotateRoot>()
        .AddSingleton<SplitRecoveryKey>()
        .AddSingleton<ForgetTarget>()
        .AddSingleton<MoveRootKey>()
        .AddSingleton<RehearseRecovery>()
        .AddSingleton<NoteSeal>()
        .AddSingleton<KeyQueries>()
        .AddSingleton<ResealColumn>()
        .AddSingleton<ResealBlobs>()
        .AddSingleton<ResealPace>()
        .AddSingleton<FinishRotations>()
        .AddHostedService(provider => provider.GetRequiredService<FinishRotations>())
        .AddSingleton<CountSeals>()
        .AddHostedService(provider => provider.GetRequiredService<CountSeals>())
        .AddSingleton(provider => new KeysMeantElsewhere(async (_, token) => !await provider.GetRequiredService<OtherKeyrings>().AreReadAsync(token)))
        .AddHostedService<KeepKeyringFresh>()
        .AddSingleton(provider => new OnSignal(KeysSignal, (_, _) =>
        {
            provider.GetRequiredService<Keyring>().ReadAgain();
            return Task.CompletedTask;
        }))
        .AddHostedService<CatchUpCopies>();
}
