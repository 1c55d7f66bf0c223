using System.Diagnostics;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>Several processes write one keyring, and some are killed while they do.</summary>
public sealed class KeyringProcessTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Three_processes_lose_no_project_of_one_another()
    {
        Keyring.Create(_directory.Files, TimeProvider.System).Dispose();
        var writers = Enumerable.Range(0, 3).Select(_ => KeyringWriter.Start(_directory.Path, 8)).ToList();
        var made = new List<string>();
        foreach (var writer in writers)
        {
            made.AddRange(await SaidAsync(writer));
            await writer.WaitForExitAsync(Token);
            Assert.Equal(0, writer.ExitCode);
            writer.Dispose();
        }

        using var keyring = Keyring.Open(_directory.Files, TimeProvider.System);
        Assert.Equal(24, made.Count);
        Assert.Equal(made.Order(StringComparer.Ordinal), keyring.Projects.Select(id => id.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(25, keyring.Generation);
    }

    [Fact]
    public async Task A_killed_writer_loses_nothing_it_has_acknowledged()
    {
        Keyring.Create(_directory.Files, TimeProvider.System).Dispose();
        var acknowledged = new List<string>();
        for (var kill = 0; kill < 6; kill++)
        {
            using var writer = KeyringWriter.Start(_directory.Path, 100_000);
            for (var lines = 0; lines < 5 && await writer.StandardOutput.ReadLineAsync(Token) is { } line; lines++)
            {
                acknowledged.Add(line);
            }

            // A different moment within the next write each time.
            await Task.Delay(kill, Token);
            writer.Kill();
            acknowledged.AddRange((await SaidAsync(writer)).Where(line => line.Length == 36));
            await writer.WaitForExitAsync(Token);

            using var keyring = Keyring.Open(_directory.Files, TimeProvider.System);
            Assert.Subset(keyring.Projects.Select(id => id.ToString()).ToHashSet(), acknowledged.ToHashSet());
            foreach (var project in keyring.Projects)
            {
                Assert.Equal(32, keyring.GetProjectKeys(project).Primary.Secret.Length);
            }

            Assert.Equal(
                await File.ReadAllBytesAsync(_directory.Files.KeyringPaths[0], Token),
                await File.ReadAllBytesAsync(_directory.Files.KeyringPaths[1], Token));
        }

        Assert.True(acknowledged.Count >= 30);
    }

    private static async Task<string[]> SaidAsync(Process process) =>
        (await process.StandardOutput.ReadToEndAsync(Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
