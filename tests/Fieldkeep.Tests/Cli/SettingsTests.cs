using System.CommandLine;
using System.Diagnostics;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Cli;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Cli;

/// <summary>Settings that several commands share mean the same in each.</summary>
public sealed class SettingsTests : IDisposable
{
    private static readonly Option<string?> RootKey = new("--root-key");

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("file", null)]
    [InlineData("passphrase", null)]
    [InlineData("env:ROOT", null)]
    [InlineData("mount:/run/secrets/root", null)]
    [InlineData("aws-kms:arn:aws:kms:eu-west-1:111122223333:key/1", null)]
    [InlineData("vault:https://vault.example.org:8200/transit/root", null)]
    [InlineData("/root/root.key", "/root/root.key")]
    [InlineData("root.key", "root.key")]
    [InlineData("./file", "./file")]
    public void A_root_key_that_names_its_holder_leaves_it_to_the_holder_and_a_path_is_the_file(string given, string? file) =>
        Assert.Equal(file, Settings.RootKeyFileOf(new Command("any") { RootKey }.Parse(["--root-key", given]), RootKey));

    [Fact]
    public void Older_keys_open_for_ninety_days_unless_told_otherwise()
    {
        var command = new Command("any") { Settings.OldKeyDays };

        Assert.Equal(TimeSpan.FromDays(90), Settings.OldKeysForOf(command.Parse([])));
        Assert.Equal(TimeSpan.FromDays(365), Settings.OldKeysForOf(command.Parse(["--old-key-days", "365"])));
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CommandException>(() => Settings.OldKeysForOf(command.Parse(["--old-key-days", "-1"]))).ExitCode);
    }

    [Fact]
    public async Task Root_is_told_to_work_as_the_user_whose_data_they_are()
    {
        var token = TestContext.Current.CancellationToken;
        Directory.CreateDirectory(_folder.File("data/keys"));
        await DataOwner.RequireAsync(_folder.File("data"), token);
        await File.WriteAllTextAsync(_folder.File("data/keys/keyring"), "", token);
        await DataOwner.RequireAsync(_folder.File("data"), token);

        // Nobody but root gives files away; any other user is kept out by the files' modes.
        using var given = Process.Start("chown", ["nobody", _folder.File("data/keys/keyring")]);
        await given.WaitForExitAsync(token);
        if (given.ExitCode == 0)
        {
            var refused = await Assert.ThrowsAsync<ClusterException>(() => DataOwner.RequireAsync(_folder.File("data"), token));
            Assert.Equal(ClusterTrouble.FolderClosed, refused.Reason);
            Assert.Contains("sudo -u nobody", refused.Hint, StringComparison.Ordinal);
            Assert.Equal(ExitCodes.FolderClosed, (await FieldkeepProcess.RunAsync("keys", "list", "--data", _folder.File("data"))).ExitCode);
        }
    }
}
