using System.Text.Json.Nodes;
using Fieldkeep.Cli;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Cli;

public sealed class ServePgBackRestTests : IDisposable
{
    private static readonly string[] Folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];

    private readonly ScratchFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("“tar” given for --backup-with is not known", "--backup-with", "tar")]
    [InlineData("leave one of the two out", "--backup-with", "pgbackrest", "--backup", "none")]
    [InlineData("backed up with its own tools", "--backup-with", "pgbackrest", "--database", "Host=localhost")]
    [InlineData("not carried to an object store", "--backup-with", "pgbackrest", "--backup-store", "s3://bucket/prefix")]
    public async Task What_does_not_go_with_it_is_told_before_anything_is_made(string why, params string[] options)
    {
        var data = _folder.File("data");
        string[] backup = options.Contains("--backup", StringComparer.Ordinal) ? [] : ["--backup", _folder.File("backup")];

        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync(["serve", "--data", data, "--port", "0", .. backup, .. options]);

        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.Contains(why, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
    }

    [Fact]
    public async Task A_path_with_the_end_of_a_line_in_it_is_refused()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "not run: pgbackrest is not on this machine");
        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync(
            "serve", "--data", _folder.File("data"), "--port", "0", "--backup", _folder.File("back\nup"), "--backup-with", "pgbackrest");

        Assert.Equal(ExitCodes.BackupWrongFolder, exitCode);
        Assert.Contains("no path with a control character", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_program_is_missing_or_too_old_the_start_says_so()
    {
        string[] serve = ["serve", "--data", _folder.File("data"), "--port", "0", "--backup", _folder.File("backup"), "--backup-with", "pgbackrest"];
        var bin = Directory.CreateDirectory(_folder.File("bin")).FullName;

        var (exitCode, _, errors) = await FieldkeepProcess.RunWithAsync("PATH", bin, serve);
        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.Contains("--backup-with pgbackrest needs the program pgbackrest, which is not on this machine", errors, StringComparison.Ordinal);
        Assert.Contains("apt-get install pgbackrest", errors, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(bin, "pgbackrest"), "#!/bin/sh\necho 'pgBackRest 2.44'\n", Token);
        File.SetUnixFileMode(Path.Combine(bin, "pgbackrest"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (exitCode, _, errors) = await FieldkeepProcess.RunWithAsync("PATH", bin, serve);
        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.Contains("needs pgBackRest 2.45 or newer", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("data")));
    }

    [Fact]
    public async Task What_it_took_is_listed_and_verified_but_without_it_neither_restored_nor_fetched()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "not run: pgbackrest is not on this machine");
        var (server, address) = await FieldkeepProcess.ServeAsync(_folder.File("data"), "--backup", _folder.File("backup"), "--backup-with", "pgbackrest");
        using (server)
        {
            using var script = new ScriptClient(_folder.File("data"), address);
            await script.SetUpAsync();
            await script.SignInAsync();
            for (var look = 0; JsonNode.Parse(await script.GetAsync("/api/backups"))?["targets"]?[0]?["newestBase"] is null; look++)
            {
                Assert.True(look < 900, "No base backup was taken.");
                await Task.Delay(TimeSpan.FromMilliseconds(200), Token);
            }

            Assert.Equal(ExitCodes.Success, (await server.TerminateAsync()).ExitCode);
        }

        var verified = await FieldkeepProcess.RunAsync("verify-backup", "--from", _folder.File("backup"));
        Assert.True(verified.ExitCode == ExitCodes.Success, verified.Errors);
        string[] restore = ["restore", "--from", _folder.File("backup"), "--to", "latest", "--data", _folder.File("restored")];
        var without = await FieldkeepProcess.RunWithAsync("PATH", PathWithout("pgbackrest"), restore);
        Assert.Equal(ExitCodes.ToolFailed, without.ExitCode);
        Assert.DoesNotContain("verifying", without.Errors, StringComparison.Ordinal);
        Assert.Contains("which is not on this machine", without.Errors, StringComparison.Ordinal);
        Assert.Contains("apt-get install pgbackrest", without.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("restored/postgres")));

        var fetched = await FieldkeepProcess.RunAsync("backup", "fetch", "--from", _folder.File("backup"), "--to", _folder.File("copy"), "--new", "--once");
        Assert.Equal(ExitCodes.FileTrouble, fetched.ExitCode);
        Assert.Contains("pgBackRest took this base backup, and its files are not fetched", fetched.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("copy/backups")));

        var said = _folder.File("said");
        var restored = await FieldkeepProcess.RunWithAsync("PATH", $"{Saying(said)}:{Environment.GetEnvironmentVariable("PATH")}", restore);
        Assert.True(restored.ExitCode == ExitCodes.Success, restored.Errors);
        // Nothing of it lies elsewhere than where it is restored.
        var call = (await File.ReadAllLinesAsync(said, Token)).Single(line => line.EndsWith(" restore", StringComparison.Ordinal));
        Assert.All(["lock", "log", "spool"], kind => Assert.Contains($" --{kind}-path={_folder.File("restored")}/.restoring/", call, StringComparison.Ordinal));
    }

    // A folder with pgBackRest behind a script that notes its arguments.
    private string Saying(string said)
    {
        var folder = Directory.CreateDirectory(_folder.File("saying")).FullName;
        var path = Path.Combine(folder, "pgbackrest");
        File.WriteAllText(path, $"#!/bin/sh\necho \"$*\" >> '{said}'\nexec /usr/bin/pgbackrest \"$@\"\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return folder;
    }

    // All programs of this machine but one.
    private string PathWithout(string program)
    {
        var folder = Directory.CreateDirectory(_folder.File("programs")).FullName;
        foreach (var path in Folders.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            var name = Path.GetFileName(path);
            if (name != program && !Path.Exists(Path.Combine(folder, name)))
            {
                File.CreateSymbolicLink(Path.Combine(folder, name), path);
            }
        }

        return folder;
    }
}
