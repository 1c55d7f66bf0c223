using System.Security.Cryptography;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Benchmarks;

/// <summary>P12: sealing and opening envelopes against the bare cipher on the same bytes.</summary>
internal static class SealBenchmark
{
    private const int Rounds = 20;

    /// <summary>Measures and prints.</summary>
    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("fieldkeep-seal-");
        try
        {
            using var keyring = Keyring.Create(KeyringFiles.Below(folder.FullName), TimeProvider.System);
            Stopwatches.Head("work", "bytes", "bare AES-256-GCM MB/s", "envelope MB/s", "ratio");
            foreach (var size in (int[])[2 * 1024, 64 * 1024])
            {
                Measure(keyring, size);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Measure(Keyring keyring, int size)
    {
        var plain = RandomNumberGenerator.GetBytes(size);
        var nonce = new byte[12];
        var tag = new byte[16];
        var cipherText = new byte[size];
        var opened = new byte[size];
        using var bare = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
        bare.Encrypt(nonce, plain, cipherText, tag);

        var context = new EnvelopeContext(keyring.InstallationId, Guid.Empty, "bench.rows.value", Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), 1);
        var envelope = Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, context, plain);

        // The bare cipher writes into a buffer it is given and keeps its key schedule: the least that any sealing could cost.
        var times = Stopwatches.Compare(
            Rounds,
            () => bare.Encrypt(nonce, plain, cipherText, tag),
            () => Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, context, plain),
            () => bare.Decrypt(nonce, cipherText, tag, opened),
            () => Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, context, envelope));
        Print("seal", size, times[0], times[1]);
        Print("open", size, times[2], times[3]);
    }

    private static void Print(string work, int size, double bare, double envelope) =>
        Stopwatches.Row(work, size, $"{size / bare / 1e6:0}", $"{size / envelope / 1e6:0}", $"{bare / envelope:0%}");
}
