namespace Fieldkeep.Server.Health;

/// <summary>The English sentences of every code that a check gives: for letters, webhooks and logs. The web interface has its own, in four languages.</summary>
internal static class CheckTexts
{
    /// <summary>What is seen, and what to do about it; empty where nothing is to be done. Numbers, paths and codes stand for <c>{words}</c>.</summary>
    public static readonly IReadOnlyDictionary<string, CheckText> ByCode = new Dictionary<string, CheckText>(StringComparer.Ordinal)
    {
        ["check.hangs"] = new("The check does not come to an end.", "Look whether a disk or a mount hangs, and whether the machine has enough memory and processor time."),
        ["check.failed"] = new("The check failed ({failure}).", "The log of the server says where; tell whoever maintains Fieldkeep."),
        ["check.stale"] = new("The server has not looked at this for minutes.", "It may be overloaded, or hang: look at its log, and start it anew if it does not recover."),
        ["check.unseen"] = new("The machine has not been seen for a day."),
        ["database.ok"] = new("The database answers; {used} of {most} connections are in use."),
        ["database.unreachable"] = new("The database does not answer ({failure}).", "Look whether PostgreSQL runs and whether its disk has room; its log is in the data directory."),
        ["database.connections_few"] = new("{used} of {most} connections to the database are in use.", "Raise max_connections of PostgreSQL, or end programs that hold connections."),
        ["disk.ok"] = new("{percent} % of the disk of {path} is free."),
        ["disk.low"] = new("Only {percent} % of the disk of {path} is free.", "Make room, or give the server a larger disk, within days."),
        ["disk.very_low"] = new("Only {percent} % of the disk of {path} is free.", "Make room now: without any, nothing can be received."),
        ["disk.full"] = new("The disk of {path} is full.", "Make room at once: nothing can be received, and the database may stop."),
        ["disk.no_attachments"] = new("Only {percent} % of the disk of {path} is free: photos and other files of submissions are refused until there is room.", "Make room now. Submissions without files are received all the same."),
        ["disk.full_beside"] = new("The disk of {path} is full.", "Make room: what belongs there cannot be written. Submissions are received all the same."),
        ["disk.files_full"] = new("The disk of {path} can hold no more files.", "Move files away at once: nothing can be received."),
        ["disk.few_files"] = new("The disk of {path} can hold only {files} more files.", "Move files away, or make a file system that holds more of them."),
        ["disk.no_files"] = new("The disk of {path} can hold only {files} more files.", "Move files away now: without any left, nothing can be received."),
        ["disk.gone"] = new("The data directory {path} is not there.", "Mount its disk. Do not start another server in its place."),
        ["journal.ok"] = new("The intake journal keeps what is received."),
        ["journal.closed"] = new("The intake journal in {path} could not be opened.", "The log of the server says why. Mend it and start the server anew: until then, only the database has what is received."),
        ["journal.trouble"] = new("The intake journal in {path} cannot be written ({reason}).", "Look whether its disk has room and may be written. Until then, only the database has what is received."),
        ["journal.hangs"] = new("The disk of the intake journal in {path} does not answer.", "Look at that disk. Until it answers, only the database has what is received."),
        ["journal.damaged"] = new("The intake journal in {path} is damaged at {count} places.", "What can be read of it is stored. Keep the files, look at the disk, and run “fieldkeep journal”."),
        ["journal.set_aside"] = new("{count} submissions that were acknowledged cannot be stored, and lie in quarantine.", "“fieldkeep journal” lists them and why, and gives them back."),
        ["journal.waits"] = new("{count} submissions have waited in the intake journal for up to {minutes} minutes, though the database answers.", "“fieldkeep journal” says why each waits."),
        ["certificate.ok"] = new("The certificate is good for {days} more days."),
        ["certificate.elsewhere"] = new("Another program shows the certificate."),
        ["certificate.ends"] = new("The certificate ends in {days} days.", "Renew it: with an ended one, phones and browsers refuse to talk to the server."),
        ["certificate.ended"] = new("The certificate has ended.", "Renew it now: phones and browsers refuse to talk to the server."),
        ["ledger.ok"] = new("Every change is sealed into the ledger."),
        ["ledger.held"] = new("Changes have waited for {minutes} minutes to be sealed into the ledger.", "Something holds a transaction open or the ledger's lock. See docs/operations/verify.md, and run “fieldkeep verify”."),
        ["ledger.set_back"] = new("The database lacks a checkpoint that was signed: it was set back, or changed.", "Unless you restored a backup on purpose, keep the disk as it is and run “fieldkeep verify”."),
        ["ledger.changed"] = new("The database contradicts what was signed: nothing more is sealed into the ledger.", "Keep the disk as it is and run “fieldkeep verify”."),
        ["ledger.failing"] = new("Sealing changes into the ledger has failed for {minutes} minutes.", "The log of the server says why."),
        ["keys.ok"] = new("All {copies} copies of the keyring that can be reached are the newest."),
        ["keys.copy_lags"] = new("The copy of the keyring at {path} is missing or older.", "Look whether its disk has room and may be written; the server mends it by itself then."),
        ["keys.forked"] = new("The keyring that servers share went another way than this server, which lets nobody in: some keys may be in its memory alone.", "Do not end it. Make room beside the keyring or in its data directory, or make one of them writable, and stop all other servers: docs/operations/failover.md."),
        ["keys.aside"] = new("A server left its keyring in {path}, because the keyring had gone another way: either may have keys that the other lacks.", "Stop all servers and decide which one goes on: docs/operations/failover.md. Keep the other elsewhere, and destroy it when nobody needs it: it opens what was erased since."),
        ["keys.target_lags"] = new("The copy of the keyring in the backup directory {path} is older.", "Look whether it may be written; the server mends it by itself then."),
        ["keys.no_recovery"] = new("There is no recovery key.", "Make one on the page “Keys” and keep it on paper: without it, a lost disk is lost data."),
        ["backup.ok"] = new("The last backup was taken {hours} hours ago."),
        ["backup.none"] = new("No backup was ever taken.", "Start the server with --backup and a directory on another disk, or take one every day with “fieldkeep backup --to”: docs/operations/restore.md."),
        ["backup.own_tools"] = new("The database is backed up with its own tools, which this server does not see. Back up its data directory with the keys as well: docs/operations/failover.md."),
        ["backup.old"] = new("The last backup was taken {hours} hours ago.", "Look why none is taken any more: with --backup, the server takes one each day. Take one now with “fieldkeep backup --to”."),
        ["backup.same_disk"] = new("All backups lie on the disk of the data, and are lost with it.", "Start the server with --backup and a directory on another disk or machine: docs/operations/restore.md."),
        ["backup.old_away"] = new("The last backup that can be seen was taken {hours} hours ago; {path} is not there.", "Mount the backup directory, or take a backup to another with “fieldkeep backup --to”."),
        ["backup.none_seen"] = new("No backup can be seen: {path} is not there.", "Mount the backup directory, or start the server with --backup and another one."),
        ["backup.store_ok"] = new("{store} has everything that was backed up."),
        ["backup.store_behind"] = new("{store} is {minutes} minutes behind: changes since then lie on this machine only, or in its backup directory.", "See what /api/backups says of it: the line, the credentials, or the room there. docs/operations/object-store.md."),
        ["backup.store_changed"] = new("In {store} something is not what was put there.", "See what /api/backups says of it, and look at the bucket with credentials of your own: docs/operations/object-store.md."),
        ["backup.store_no_base"] = new("For two days not all base backups have reached {store}.", "See what /api/backups says of it: docs/operations/object-store.md."),
        ["backup.store_lacks"] = new("{store} lacks what is damaged in the backup directory.", "See what /api/backups says was left out, and run “fieldkeep verify-backup” on the backup directory."),
        ["rehearsal.ok"] = new("A restore was tried out {days} days ago, and went well."),
        ["rehearsal.off"] = new("No restore is tried out by the server itself."),
        ["rehearsal.first"] = new("No restore was tried out yet: the first comes within a day of the first backup."),
        ["rehearsal.never"] = new("For {days} days backups are taken, and no restore was ever tried out.", "Look at the log of the server, and try one out: POST /api/backups/rehearsals, or “fieldkeep backup rehearse”."),
        ["rehearsal.old"] = new("A restore was last tried out {days} days ago.", "Look at the log of the server, and try one out: POST /api/backups/rehearsals, or “fieldkeep backup rehearse”."),
        ["rehearsal.no_room"] = new("There is no room on the disk of the data to try out a restore.", "Make room, or try one out on another machine with “fieldkeep backup rehearse”: docs/operations/restore.md."),
        ["rehearsal.failed"] = new("A restore was tried out {days} days ago, and failed or brought back less than it has to.", "See what /api/backups says of it. Keep the data directory as it is, and take another backup elsewhere with “fieldkeep backup --to”."),
        ["upgrade.none"] = new("No snapshot of before an upgrade is kept."),
        ["upgrade.kept"] = new("The snapshot of before the upgrade {days} days ago is kept in {path}, and goes by itself."),
        ["upgrade.unverified"] = new("What came of the upgrade {days} days ago is not verified yet.", "The log of the server says why. Start it anew, or run “fieldkeep verify”; until then the snapshot stays."),
        ["upgrade.broken"] = new("Something does not hold since the upgrade {days} days ago.", "Run “fieldkeep verify”. To go back, stop the server and run “fieldkeep rollback”: docs/operations/upgrade.md."),
        ["upgrade.old"] = new("The snapshot of before an upgrade {days} days ago still takes room in {path}.", "The log of the server says why it was not removed. Remove it when you do not want to go back."),
        ["upgrade.left"] = new("What a rollback left {days} days ago takes room in {path}, with what was erased since.", "Remove it when nobody needs it any more."),
        ["loops.ok"] = new("All work in the background is done."),
        ["loops.failing"] = new("Work in the background has failed for {minutes} minutes: {names}.", "The log of the server says why."),
        ["loops.stopped"] = new("Work in the background has stopped: {names}.", "Start the server anew; the log says why it stopped."),
        ["limits.ok"] = new("No project comes near what it may have."),
        ["limits.near"] = new("{count} projects come near what they may have; project {project} uses {percent} %.", "See the page “Limits”: at the limit its phones keep what they have and wait. Allow it more, or ask its people to delete what they need no longer."),
        ["servers.ok"] = new("Servers on this database: {names}. The work that only one does is done by {leader}."),
        ["servers.no_leader"] = new("For {minutes} minutes no server does the work that only one may do: erasing, removing, retention, new keys.", "The logs of the servers say why."),
        ["servers.silent"] = new("Not heard for {minutes} minutes: {names}. Submissions may lie in their intake journals, and files and older keys wait for them.", "Start it, or mount its disk again. Of one that never comes back: “fieldkeep servers forget”."),
        ["letters.ok"] = new("Letters leave the server."),
        ["letters.files"] = new("No mail server is set: letters become files in the data directory."),
        ["letters.waiting"] = new("{count} letters wait to be sent ({error}).", "Look whether the mail server takes letters, and whether its password is right: docs/operations/mail.md."),
        ["letters.given_up"] = new("{count} letters could not be sent within a day ({error}).", "Look whether the addresses are right, and whether the mail server takes letters."),
        ["witnesses.ok"] = new("Signed checkpoints reach all {count} witnesses."),
        ["witnesses.none"] = new("No witness is sent signed checkpoints."),
        ["witnesses.failing"] = new("{count} witnesses are not reached.", "See the page “Witnesses”: correct their addresses, or take them off the list."),
        ["answers.ok"] = new("The server answers requests as it should."),
        ["answers.faults"] = new("The server failed {faults} of {all} requests within five minutes ({percent} %).", "The log of the server tells of each, with the number of its incident."),
        ["sign_in.ok"] = new("Few wrong passwords, codes and tokens are tried."),
        ["sign_in.guessing"] = new("{count} wrong passwords, codes and tokens were tried within {minutes} minutes.", "Somebody may be guessing; limits hold them up. The access log tells at which doors. Block the networks they come from."),
        ["clock.ok"] = new("The clock runs as it should."),
        ["clock.jumped"] = new("The clock of the machine jumped by {seconds} seconds within the last hour.", "Look at its time synchronisation."),
        ["clock.apart"] = new("The clocks of the server and of the database are {seconds} seconds apart.", "Let both machines synchronise their time."),
    };

    /// <summary>What checks are called.</summary>
    public static readonly IReadOnlyDictionary<string, string> Names = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["database"] = "Database",
        ["disk"] = "Disk",
        ["journal"] = "Intake journal",
        ["certificate"] = "Certificate",
        ["ledger"] = "Ledger",
        ["keys"] = "Copies of the keyring",
        ["backup"] = "Backup",
        ["rehearsal"] = "Restores tried out",
        ["loops"] = "Work in the background",
        ["servers"] = "Servers",
        ["letters"] = "Letters",
        ["witnesses"] = "Witnesses",
        ["answers"] = "Answers",
        ["sign_in"] = "Signing in",
        ["clock"] = "Clock",
        ["test"] = "Test",
    };

    /// <summary>Says what was seen and what to do, with the words put in.</summary>
    public static CheckText Of(CheckOutcome outcome) => ByCode.TryGetValue(outcome.Code, out var text)
        ? new CheckText(Fill(text.What, outcome.Words), Fill(text.Todo, outcome.Words))
        : new CheckText(outcome.Code);

    // In one pass: a path that looks like {path} stays what it is.
    private static string Fill(string text, IReadOnlyDictionary<string, string> words)
    {
        var parts = text.Split('{', '}');
        for (var at = 1; at < parts.Length; at += 2)
        {
            parts[at] = words.GetValueOrDefault(parts[at], "–");
        }

        return string.Concat(parts);
    }
}

/// <summary>What a check saw, and what to do about it.</summary>
internal sealed record CheckText(string What, string Todo = "");
