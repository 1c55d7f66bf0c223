using System.Collections.Concurrent;
using System.Diagnostics;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>Carries a backup directory to a store until it is disposed.</summary>
internal sealed class Carrying : IAsyncDisposable, IProgress<string>
{
    public const string Command = "carry";

    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _isStill = new();
    private readonly CarryToStore _carry;
    private readonly Task _run;

    public Carrying(ObjectStoreOptions options, string directory)
    {
        _carry = new CarryToStore(options, directory, () => KeyringTargets.FindId(directory) is { } id ? [id] : [], this, TimeProvider.System);
        _run = _carry.RunAsync(_isStill.Task, _ending.Token);
    }

    public ConcurrentQueue<string> Told { get; } = new();

    public StoreState State => _carry.State;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What is done with the backup directory while the server ends.</summary>
    public Func<Task> Meanwhile { get; init; } = () => Task.CompletedTask;

    /// <summary>Carries until the store has all there is now. Returns how it stood then.</summary>
    public static async Task<StoreState> AllAsync(ObjectStoreOptions options, string directory)
    {
        await using var carrying = new Carrying(options, directory);
        await carrying.UntilWholeAsync();
        return carrying.State;
    }

    public Task UntilWholeAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        return UntilAsync(() => State.WholeAt > now);
    }

    public Task UntilAsync(Func<bool> isTrue) => Follower.UntilAsync(isTrue, _run, () => $"{State}; {string.Join("; ", Told)}");

    public void Report(string value) => Told.Enqueue(value);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Meanwhile();
        _isStill.TrySetResult();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    /// <summary>Makes a backup directory of what a store has.</summary>
    public static Task<FetchReport> FetchAsync(ObjectStoreOptions options, string to, DateTimeOffset? until = null) => new FetchStore(
        new StoreFetchOptions(options, to) { IsNew = !Directory.Exists(to), LeastFreeBytes = 0, Until = until }, Follower.Quiet, TimeProvider.System).RunAsync(Token);

    /// <summary>Carries in a second process and kills it when something is so.</summary>
    public static async Task KillAsync(ObjectStoreOptions options, string directory, Func<bool> isEnough)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        // Those of a test have both.
        string[] arguments = [Command, options.Address, options.Endpoint!.ToString(), options.CredentialsFile!, directory];
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })
            ?? throw new InvalidOperationException("The process did not start.");
        while (!isEnough() && !process.HasExited)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), Token);
        }

        process.Kill();
        await process.WaitForExitAsync(Token);
    }

    /// <summary>Runs in the second process.</summary>
    public static async Task<int> RunAsync(string address, string endpoint, string credentials, string directory)
    {
        await using var carrying = new Carrying(ObjectStoreOptions.Read(address, endpoint, null, credentials), directory);
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
        return 0;
    }
}
