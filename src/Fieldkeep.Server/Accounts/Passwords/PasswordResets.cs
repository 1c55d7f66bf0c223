using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts.Passwords;

/// <summary>Makes, finds and ends the links by which a password is set anew; of their tokens only hashes are kept.</summary>
internal sealed class PasswordResets(MailOutbox outbox, MailLinks links, TimeProvider clock)
{
    /// <summary>How long a link is good for.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromHours(24);

    // Someone who asks again and again must not fill another's mailbox.
    private const int MostAnHour = 3;

    private const string Recipient = """
        select accounts.email, actors.display_name, accounts.language,
            case when accounts.former_email_until > @now then accounts.former_email end as former_email,
            (select count(*)::int from accounts.password_resets where actor_id = @id and created_at > @earlier) as asked
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @id and accounts.deleted_at is null
        """;
    private const string Insert = """
        insert into accounts.password_resets (actor_id, token_hash, created_at, expires_at) values (@id, @hash, @now, @expires)
        """;
    private const string ByToken = """
        select password_resets.id, password_resets.actor_id, accounts.email, actors.display_name
        from accounts.password_resets
        join accounts.accounts on accounts.actor_id = password_resets.actor_id
        join accounts.actors on actors.id = password_resets.actor_id
        where password_resets.token_hash = @hash and password_resets.used_at is null and password_resets.ended_at is null
            and password_resets.expires_at > @now and accounts.deleted_at is null
        """;
    private const string Use = """
        update accounts.password_resets set used_at = @now
        where id = @id and used_at is null and ended_at is null and expires_at > @now
        """;

    // The letter may have gone to the address before, too, or the address may have changed since: then it proves nothing.
    private const string Prove = """
        update accounts.accounts a set email_proved_at = @now
        from accounts.password_resets r
        where r.id = @id and a.actor_id = r.actor_id and a.email_proved_at is null and a.email_since <= r.created_at
            and (a.former_email_until is null or a.former_email_until <= r.created_at)
        """;
    private const string EndAll = """
        update accounts.password_resets set ended_at = @now where actor_id = @id and used_at is null and ended_at is null
        """;

    /// <summary>Makes a link and the letter that brings it, also to the address the owner had some days ago. Without an account it runs the same statements and sends nothing.</summary>
    public Task BeginAsync(Tx tx, ActorId? account, CancellationToken cancellationToken) =>
        WriteAsync(tx, account, "password_reset", cancellationToken);

    /// <summary>Makes a link by which the owner of a new account sets its first password, and the letter that brings it.</summary>
    public Task WelcomeAsync(Tx tx, ActorId account, CancellationToken cancellationToken) =>
        WriteAsync(tx, account, "account_made", cancellationToken);

    /// <summary>Finds the link of a token that can still be used; null when there is none.</summary>
    public async Task<PasswordReset?> FindAsync(Sql sql, string token, CancellationToken cancellationToken) =>
        SecretToken.HashOf(token) is { } hash
            ? await sql.FindAsync<PasswordReset>(ByToken, new { hash, now = clock.GetUtcNow() }, cancellationToken)
            : null;

    /// <summary>Uses a link up, which proves the address that it was sent to; false when another request was faster.</summary>
    public async Task<bool> UseAsync(Tx tx, PasswordReset reset, CancellationToken cancellationToken)
    {
        var arguments = new { id = reset.Id, now = clock.GetUtcNow() };
        if (await tx.ExecuteAsync(Use, arguments, cancellationToken) != 1)
        {
            return false;
        }

        await tx.ExecuteAsync(Prove, arguments, cancellationToken);
        return true;
    }

    /// <summary>Ends every link of an account.</summary>
    public static Task EndAllAsync(Tx tx, ActorId account, DateTimeOffset now, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(EndAll, new { id = account.Value, now }, cancellationToken);

    private async Task WriteAsync(Tx tx, ActorId? account, string kind, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = account?.Value;
        var reader = await tx.FindAsync<Reader>(Recipient, new { id, now, earlier = now.AddHours(-1) }, cancellationToken);
        var token = SecretToken.Create();
        await tx.ExecuteAsync(
            Insert, new { id, hash = SecretToken.HashOf(token), now, expires = now + GoodFor }, cancellationToken);
        var written = Letter.Of(
            reader?.Email ?? "nobody@example.org",
            reader?.Language,
            kind,
            ("name", reader?.DisplayName ?? ""),
            ("link", links.Of($"/set-password#{token}")),
            ("hours", ((int)GoodFor.TotalHours).ToString()));
        var letter = written with { GoodFor = GoodFor };
        await (reader is { Asked: < MostAnHour } && MailAddresses.CanReach(reader.Email)
            ? outbox.AppendAsync(tx, letter, cancellationToken)
            : outbox.AppendBlankAsync(tx, letter, cancellationToken));
        if (reader is { Asked: < MostAnHour, FormerEmail: { } former } && MailAddresses.CanReach(former))
        {
            await outbox.AppendAsync(tx, letter with { Recipient = former }, cancellationToken);
        }
    }

    private sealed record Reader(string Email, string DisplayName, string? Language, string? FormerEmail, int Asked);
}

/// <summary>A link by which a password can be set, and for whom.</summary>
internal sealed record PasswordReset(long Id, ActorId ActorId, string Email, string DisplayName);
