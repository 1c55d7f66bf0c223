using System.Text.Json;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Cli;

public sealed class AdminCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Setup_before_the_first_start_prints_the_recovery_key_once()
    {
        var (exitCode, output, errors) = await SetUpAsync("--json");

        Assert.True(exitCode == 0, errors);
        Assert.Matches("^([0-9A-Z]{4}-){13}[0-9A-Z]{4}$", JsonDocument.Parse(output).RootElement.GetProperty("recoveryKey").GetString());

        var (again, nothing, refusal) = await SetUpAsync("--json");
        Assert.Equal((16, ""), (again, nothing));
        Assert.Contains("setup.done", refusal, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Data, "postgres", "postmaster.pid")));
    }

    [Fact]
    public async Task Setup_works_beside_a_running_server_and_leaves_it_running()
    {
        var (server, _) = await FieldkeepProcess.ServeAsync(Data);
        using (server)
        {
            var (exitCode, output, errors) = await SetUpAsync();

            Assert.True(exitCode == 0, errors);
            Assert.Matches("^([0-9A-Z]{4}-){13}[0-9A-Z]{4}\n$", output);
            Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
        }
    }

    [Fact]
    public async Task What_is_backed_up_beside_a_running_server_is_served_again_after_a_restore()
    {
        await SetUpAsync();
        var (server, _) = await FieldkeepProcess.ServeAsync(Data);
        using (server)
        {
            var (beside, line, doubts) = await FieldkeepProcess.RunAsync("verify", "--data", Data);
            Assert.True(beside == 0, doubts);
            Assert.StartsWith("all holds: ", line, StringComparison.Ordinal);
            var (taken, _, complaints) = await FieldkeepProcess.RunAsync("backup", "--data", Data, "--to", _folder.File("kept"));
            Assert.True(taken == 0, complaints);
            await server.TerminateAsync();
        }

        var (restored, report, errors) = await FieldkeepProcess.RunAsync(
            "restore", "--from", _folder.File("kept"), "--data", _folder.File("new"), "--json");
        Assert.True(restored == 0, errors);
        Assert.True(JsonDocument.Parse(report).RootElement.GetProperty("past").GetProperty("holds").GetBoolean(), report);
        Assert.True(File.Exists(Path.Combine(_folder.File("new"), "restored")));
        Assert.True(File.Exists(Path.Combine(_folder.File("new"), "journal.again")));
        var (again, _) = await FieldkeepProcess.ServeAsync(_folder.File("new"));
        using (again)
        {
            Assert.False(File.Exists(Path.Combine(_folder.File("new"), "restored")));
            Assert.Equal(0, (await again.TerminateAsync()).ExitCode);
        }

        // With what the first server signed after the backup, too: the restore gave it up, and says so.
        var manifest = Directory.GetFiles(_folder.File("kept"), "manifest.json", SearchOption.AllDirectories).Single();
        var (held, verified, remarks) = await FieldkeepProcess.RunAsync(
            "verify", "--data", _folder.File("new"), "--json", "--checkpoints", Path.Combine(Data, "checkpoints", "log"), "--checkpoints", manifest);
        Assert.True(held == 0, verified + remarks);
        Assert.True(JsonDocument.Parse(verified).RootElement.GetProperty("entries").GetInt64() > 1);

        var log = Path.Combine(_folder.File("new"), "checkpoints", "log");
        var notes = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(log, "", TestContext.Current.CancellationToken);
        var (broken, _, findings) = await FieldkeepProcess.RunAsync("verify", "--data", _folder.File("new"));
        Assert.Equal(30, broken);
        Assert.Contains("file.lacks: ", findings, StringComparison.Ordinal);
        await File.WriteAllTextAsync(log, notes, TestContext.Current.CancellationToken);

        File.Delete(Path.Combine(_folder.File("new"), "keys", "root.key"));
        var (unverified, _, why) = await FieldkeepProcess.RunAsync("verify", "--data", _folder.File("new"));
        Assert.Equal(31, unverified);
        Assert.Contains("no root key file", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weak_password_is_refused_and_leaves_the_server_to_be_set_up()
    {
        var (refused, _, errors) = await SetUpAsync("password1");
        Assert.Equal(16, refused);
        Assert.Contains("password.weak", errors, StringComparison.Ordinal);

        Assert.Equal(0, (await SetUpAsync()).ExitCode);
    }

    [Fact]
    public async Task A_lost_password_is_replaced_and_an_unknown_address_is_refused()
    {
        await SetUpAsync();
        string[] arguments = ["admin", "password", "--data", Data, "--password-file", _folder.File("password"), "--email"];
        var (done, _, told) = await FieldkeepProcess.RunAsync([.. arguments, "ADMIN@Example.org"]);
        var (refused, _, errors) = await FieldkeepProcess.RunAsync([.. arguments, "nobody@example.org"]);

        Assert.True(done == 0, told);
        Assert.Contains("all sessions of the account ended", told, StringComparison.Ordinal);
        Assert.Equal(16, refused);
        Assert.Contains("account.not_found", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_are_unlocked_factors_taken_off_and_sessions_ended_on_the_machine()
    {
        await SetUpAsync();
        var (server, _) = await FieldkeepProcess.ServeAsync(Data);
        using (server)
        {
            var (unlocked, _, told) = await RunAsync("unlock", "--email", "Admin@example.org");
            var (none, _, nothing) = await RunAsync("reset-factor", "--email", "admin@example.org");
            var (unknown, _, nobody) = await RunAsync("unlock", "--email", "nobody@example.org");
            var (free, _, lifted) = await RunAsync("lift-suspension", "--email", "admin@example.org");
            var (ended, _, sessions) = await RunAsync("end-sessions");

            Assert.True(unlocked == 0, told);
            Assert.Contains("admin@example.org can be signed in to again", told, StringComparison.Ordinal);
            Assert.Equal(16, none);
            Assert.Contains("factor.none", nothing, StringComparison.Ordinal);
            Assert.Equal(16, unknown);
            Assert.Contains("account.not_found", nobody, StringComparison.Ordinal);
            Assert.Equal(16, free);
            Assert.Contains("suspension.none", lifted, StringComparison.Ordinal);
            Assert.True(ended == 0, sessions);
            Assert.Contains("ended sessions: 0", sessions, StringComparison.Ordinal);
            await server.TerminateAsync();
        }

        Task<(int, string, string)> RunAsync(params string[] words) => FieldkeepProcess.RunAsync(["admin", .. words, "--data", Data]);
    }

    private async Task<(int ExitCode, string Output, string Errors)> SetUpAsync(string word = "")
    {
        var isFlag = word.StartsWith('-');
        var password = word.Length == 0 || isFlag ? "seven purple goats sing at noon" : word;
        await File.WriteAllTextAsync(_folder.File("password"), password + "\n", TestContext.Current.CancellationToken);
        string[] arguments =
        [
            "admin", "setup", "--data", Data, "--organisation", "Relief", "--name", "Administrator", "--email", "admin@example.org",
            "--password-file", _folder.File("password"), .. isFlag ? [word] : Array.Empty<string>(),
        ];
        return await FieldkeepProcess.RunAsync(arguments);
    }
}
