using System.Text.RegularExpressions;
using Fieldkeep.Backup;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Upgrades;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Checks;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Files;
using Xunit;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>What checks make of what they see.</summary>
public sealed class JudgementTests
{
    private const long Gigabyte = 1L << 30;

    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(50 * Gigabyte, 100 * Gigabyte, 900, 1000, "disk.ok")]
    [InlineData(100 * Gigabyte, 4000 * Gigabyte, 900, 1000, "disk.ok")]
    [InlineData(10 * Gigabyte, 100 * Gigabyte, 900, 1000, "disk.low")]
    [InlineData(2 * Gigabyte, 100 * Gigabyte, 900, 1000, "disk.very_low")]
    [InlineData(1L << 20, 100 * Gigabyte, 900, 1000, "disk.full")]
    [InlineData(50 * Gigabyte, 100 * Gigabyte, 100, 1000, "disk.few_files")]
    [InlineData(50 * Gigabyte, 100 * Gigabyte, 5, 1000, "disk.no_files")]
    [InlineData(50 * Gigabyte, 100 * Gigabyte, 0, 0, "disk.ok")]
    public void Room_on_a_disk_is_judged_by_bytes_and_by_files(long free, long total, long files, long allFiles, string code) =>
        Assert.Equal(code, DiskCheck.Judge(new DiskFolder("/data", IsNeeded: true), new DiskRoom(free, total, files, allFiles, "a")).Code);

    [Theory]
    [InlineData(1L << 20, true, BlobStore.MinFreeBytes, "disk.full")]
    [InlineData(300L << 20, true, BlobStore.MinFreeBytes, "disk.no_attachments")]
    [InlineData(300L << 20, true, 0, "disk.very_low")]
    [InlineData(1L << 20, false, 0, "disk.full_beside")]
    public void A_disk_is_full_when_nothing_is_written_there_any_more(long free, bool isNeeded, long keptFree, string code)
    {
        var judged = DiskCheck.Judge(new DiskFolder("/data", isNeeded, keptFree), new DiskRoom(free, 100 * Gigabyte, 900, 1000, "a"));

        Assert.Equal((code, code == "disk.full"), (judged.Code, DiskCheck.StopsIntake(judged)));
    }

    [Fact]
    public void A_small_disk_is_not_full_for_being_small()
    {
        var folder = new DiskFolder("/data", IsNeeded: true);

        Assert.NotEqual("disk.full", DiskCheck.Judge(folder, new DiskRoom(30L << 20, 100L << 20, 900, 1000, "a")).Code);
        Assert.Equal("disk.full", DiskCheck.Judge(folder, new DiskRoom(4L << 20, 100L << 20, 900, 1000, "a")).Code);
        Assert.True(DiskCheck.StopsIntake(DiskCheck.Judge(folder, new DiskRoom(50 * Gigabyte, 100 * Gigabyte, 0, 1000, "a"))));
    }

    [Fact]
    public async Task Of_several_disks_the_one_without_which_nothing_is_received_is_told_first()
    {
        // One file system, whatever it has: what is beside counts as what it lies with.
        var data = Path.GetTempPath();
        var gone = await new DiskCheck(new DiskFolders([new DiskFolder("/no/such/folder", IsNeeded: true), new DiskFolder(data, IsNeeded: true)]))
            .LookAsync(TestContext.Current.CancellationToken);
        Assert.Equal("disk.gone", gone.Code);

        var together = DiskFolder.Together([new DiskFolder(data, IsNeeded: false), new DiskFolder("/other", IsNeeded: true, 7)]);
        Assert.Equal(new DiskFolder(data, IsNeeded: true, 7), together);
        var folders = DiskFolders.Of("/data", "/mnt/journal").All;
        Assert.Contains(folders, one => one is { Path: "/mnt/journal", IsNeeded: true });
    }

    [Fact]
    public void The_room_of_a_real_disk_is_the_one_that_the_runtime_tells()
    {
        var room = DiskRoom.Of("/");
        var drive = new DriveInfo("/");

        Assert.Equal(drive.TotalSize, room.TotalBytes);
        Assert.InRange(room.Bytes, 0, room.TotalBytes);
        Assert.InRange(room.Inodes, 0, Math.Max(room.TotalInodes, room.Inodes));
        Assert.Equal(room.FileSystem, DiskRoom.Of("/").FileSystem);
        Assert.NotEqual(room.FileSystem, DiskRoom.Of("/proc").FileSystem);
        Assert.Throws<IOException>(() => DiskRoom.Of("/no/such/folder"));
    }

    [Theory]
    [InlineData(3.0, 900.0, false, "backup.ok", "Ok")]
    [InlineData(27.0, 900.0, false, "backup.old", "Warning")]
    [InlineData(51.0, 900.0, false, "backup.old", "Failing")]
    [InlineData(51.0, 900.0, true, "backup.old_away", "Failing")]
    [InlineData(3.0, 900.0, true, "backup.ok", "Ok")]
    [InlineData(null, 2.0, false, "backup.none", "Warning")]
    [InlineData(null, 51.0, false, "backup.none", "Failing")]
    [InlineData(null, null, false, "backup.none", "Warning")]
    [InlineData(null, 900.0, true, "backup.none_seen", "Failing")]
    [InlineData(null, 2.0, true, "backup.none_seen", "Warning")]
    public void A_backup_is_judged_by_its_age(double? lastHours, double? installedHours, bool isAway, string code, string state)
    {
        var judged = BackupCheck.Judge(
            lastHours is { } last ? Now.AddHours(-last) : null, installedHours is { } installed ? Now.AddHours(-installed) : null, isAway ? "/mnt/backup" : null, Now);

        Assert.Equal((code, Enum.Parse<CheckState>(state)), (judged.Code, judged.State));
    }

    [Theory]
    [InlineData(3.0, "backup.same_disk", "Warning")]
    [InlineData(27.0, "backup.old", "Warning")]
    [InlineData(51.0, "backup.old", "Failing")]
    [InlineData(null, "backup.none", "Failing")]
    public void A_backup_on_the_disk_of_the_data_turns_no_alarm_green(double? lastHours, string code, string state)
    {
        var judged = BackupCheck.JudgeNear(lastHours is { } last ? Now.AddHours(-last) : null, Now.AddHours(-900), Now);

        Assert.Equal((code, Enum.Parse<CheckState>(state)), (judged.Code, judged.State));
    }

    [Theory]
    [InlineData(1, false, 1.0, "backup.store_ok", "Ok")]
    [InlineData(1, false, 1.0, "backup.store_lacks", "Warning", true)]
    [InlineData(16, false, 1.0, "backup.store_behind", "Warning", true)]
    [InlineData(16, false, 1.0, "backup.store_behind", "Warning")]
    [InlineData(361, false, 1.0, "backup.store_behind", "Failing")]
    [InlineData(null, false, 1.0, "backup.store_behind", "Failing")]
    [InlineData(1, true, 1.0, "backup.store_changed", "Failing")]
    [InlineData(1, false, 51.0, "backup.store_no_base", "Failing")]
    public void An_object_store_alarms_when_it_is_behind_or_has_other_content(int? minutes, bool isChanged, double baseHours, string code, string state, bool lacks = false)
    {
        var at = minutes is { } behind ? Now.AddMinutes(-behind) : (DateTimeOffset?)null;
        var judged = BackupCheck.JudgeStore(
            new StoreState("s3://bucket", Now.AddHours(-60))
            {
                LogAt = at,
                KeysAt = Now,
                BlobsAt = Now,
                BasesAt = Now.AddHours(-baseHours),
                Alarms = isChanged ? ["it is not what was put"] : [],
                LeftOut = lacks ? ["a blob is damaged in the backup directory"] : [],
            },
            Now);

        Assert.Equal((code, Enum.Parse<CheckState>(state)), (judged.Code, judged.State));
    }

    [Theory]
    [InlineData(3.0, null, false, "rehearsal.ok", "Ok")]
    [InlineData(13.0, null, false, "rehearsal.ok", "Ok")]
    [InlineData(15.0, null, false, "rehearsal.old", "Failing")]
    [InlineData(1.0, "it does not hold", false, "rehearsal.failed", "Failing")]
    [InlineData(1.0, "no room", true, "rehearsal.never", "Failing")]
    [InlineData(null, null, false, "rehearsal.never", "Failing")]
    public void A_restore_that_was_tried_out_is_judged_by_how_it_went_and_when(double? lastDays, string? problem, bool hadNoRoom, string code, string state)
    {
        var last = lastDays is { } days ? new RehearsalReport(Now.AddDays(-days), 1, problem) { HadNoRoom = hadNoRoom } : null;
        var standing = new RehearsalState(TimeSpan.FromDays(7), null, Now.AddDays(-20), last is null ? [] : [last]);
        var judged = RehearsalCheck.Judge(standing, Now);

        Assert.Equal((code, Enum.Parse<CheckState>(state)), (judged.Code, judged.State));

        // One that had no room, a day ago, says nothing of the backup: it neither hides what failed before nor makes what is old any younger.
        var cutOff = new RehearsalReport(Now.AddDays(-1), 1, "no room") { HadNoRoom = true };
        var before = standing with { Recent = [cutOff, .. standing.Recent] };
        Assert.Equal(code == "rehearsal.ok" ? "rehearsal.no_room" : code, RehearsalCheck.Judge(before, Now).Code);
        Assert.Equal("rehearsal.no_room", RehearsalCheck.Judge(before with { Recent = [cutOff], OldestBaseAt = Now.AddDays(-3) }, Now).Code);
        Assert.Equal("rehearsal.first", RehearsalCheck.Judge(new RehearsalState(TimeSpan.FromDays(7), null, Now.AddDays(-1), []), Now).Code);
        Assert.Equal("rehearsal.off", RehearsalCheck.Judge(new RehearsalState(null, null, Now.AddDays(-100), []), Now).Code);
    }

    [Theory]
    [InlineData(100, "certificate.ok", "Ok")]
    [InlineData(20, "certificate.ends", "Warning")]
    [InlineData(2, "certificate.ends", "Failing")]
    [InlineData(-1, "certificate.ended", "Failing")]
    public void A_certificate_is_judged_by_its_days(int days, string code, string state)
    {
        var judged = CertificateCheck.Judge(Now.AddDays(days).AddMinutes(1), Now);

        Assert.Equal((code, Enum.Parse<CheckState>(state)), (judged.Code, judged.State));
        Assert.Equal("certificate.elsewhere", CertificateCheck.Judge(null, Now).Code);
    }

    [Fact]
    public void Answers_are_counted_for_five_minutes_and_judged_by_their_faults()
    {
        var clock = new FakeClock();
        var counts = new AnswerCounts(clock);
        for (var answer = 0; answer < 100; answer++)
        {
            counts.Note();
        }

        for (var fault = 0; fault < 30; fault++)
        {
            counts.NoteFault();
        }

        Assert.Equal((100, 30), counts.OfLastMinutes());
        clock.Advance(TimeSpan.FromMinutes(4));
        counts.Note();
        Assert.Equal((101, 30), counts.OfLastMinutes());
        clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal((1, 0), counts.OfLastMinutes());

        Assert.Equal(CheckState.Failing, AnswersCheck.Judge(100, 30).State);
        Assert.Equal(CheckState.Warning, AnswersCheck.Judge(10_000, 30).State);
        Assert.Equal(CheckState.Ok, AnswersCheck.Judge(4, 4).State);
    }

    [Theory]
    [InlineData(null, null, null, null, "upgrade.kept", "Ok")]
    [InlineData(0.5, null, null, null, "upgrade.kept", "Ok")]
    [InlineData(1.5, null, null, null, "upgrade.unverified", "Warning")]
    [InlineData(0.5, null, "3 things do not hold", null, "upgrade.broken", "Failing")]
    [InlineData(5.0, 4.9, null, null, "upgrade.kept", "Ok")]
    [InlineData(8.0, 7.9, null, null, "upgrade.old", "Warning")]
    [InlineData(9.0, 8.9, null, 1.0, "upgrade.none", "Ok")]
    [InlineData(9.0, null, "3 things do not hold", 8.0, "upgrade.left", "Warning")]
    public void An_upgrade_is_verified_within_a_day_and_its_snapshot_goes_within_a_week(
        double? migrated, double? verified, string? problem, double? left, string code, string state)
    {
        DateTimeOffset? Ago(double? days) => days is { } some ? Now.AddDays(-some) : null;
        var note = new SnapshotNote("20261120T000000Z", Now.AddDays(-(migrated ?? 1)), "0001", "0002", 1, 1)
        {
            MigratedAt = Ago(migrated),
            VerifiedAt = Ago(verified),
            Problem = problem,
            LeftAt = Ago(left),
        };

        var seen = UpgradeCheck.Judge(left is null ? [note] : [], left is null ? [] : [note], one => "/data/snapshots/" + one.Name, Now);

        Assert.Equal((code, state), (seen.Code, seen.State.ToString()));
        Assert.Equal("upgrade.none", UpgradeCheck.Judge([], [], _ => "", Now).Code);
    }

    [Fact]
    public void Every_code_that_a_check_gives_has_its_sentence_and_every_sentence_its_words()
    {
        var given = Directory.EnumerateFiles(SourceFolder("Health"), "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "CheckTexts.cs")
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), "\"(check|database|disk|journal|certificate|ledger|keys|backup|rehearsal|upgrade|loops|servers|letters|witnesses|answers|sign_in|clock|limits)\\.[a-z_]+\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
            .Select(match => match.Value.Trim('"')).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(given.Except(CheckTexts.ByCode.Keys));
        Assert.Empty(CheckTexts.ByCode.Keys.Except(given));
        Assert.All(CheckTexts.ByCode, one => Assert.True(one.Value.What.Length + one.Value.Todo.Length < 300, one.Key));

        // What nobody gave a word for is told all the same, and a path that looks like a word stays a path.
        var text = CheckTexts.Of(CheckOutcome.Warning("disk.low", ("path", "/data/{percent}")));
        Assert.Equal("Only – % of the disk of /data/{percent} is free.", text.What);
    }

    private static string SourceFolder(string room)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Fieldkeep.slnx")))
            {
                return Path.Combine(folder.FullName, "src", "Fieldkeep.Server", room);
            }
        }

        throw new InvalidOperationException("The sources are not above the tests.");
    }
}
