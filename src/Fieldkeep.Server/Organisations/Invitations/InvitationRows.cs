using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.Invitations;

/// <summary>Writes and finds invitations. Only the hash of a token is kept; letters go out with the transaction.</summary>
internal sealed class InvitationRows(MailOutbox outbox, MailLinks links, UnitRecords records, TimeProvider clock)
{
    /// <summary>The columns of an invitation.</summary>
    public const string Columns = """
        select id, unit_id as unit, role, email, name, most_uses, uses, is_founding, created_by as by, created_at, expires_at, ended_at
        from organisations.invitations

        """;

    /// <summary>The most letters that one address gets within a day, from all units together.</summary>
    public const int MostLettersOfAddress = 3;

    /// <summary>The most letters that one organisation writes within a day.</summary>
    public const int MostLettersOfOrganisation = 20_000;

    private const int LettersAtOnce = 200;

    private const string EndOver = """
        update organisations.invitations set ended_at = expires_at
        where unit_id = @unit and email_key = @email_key and ended_at is null and expires_at <= @now
        """;
    private const string Insert = """
        insert into organisations.invitations
            (unit_id, role, email, email_key, name, token_hash, most_uses, is_founding, created_by, created_at, expires_at)
        values (@unit, @role, @email, @email_key, @name, @hash, @most_uses, @founding, @by, @now, @expires)
        returning id
        """;
    private const string EndManyOver = """
        update organisations.invitations set ended_at = expires_at
        where email_key = any (@keys) and unit_id = any (@units) and ended_at is null and expires_at <= @now
        """;
    private const string InsertMany = """
        insert into organisations.invitations
            (unit_id, role, email, email_key, name, token_hash, most_uses, created_by, created_at, expires_at)
        select unit, role, email, key, name, hash, 1, @by, @now, @expires
        from unnest(@units, @roles, @emails, @keys, @names, @hashes) as rows (unit, role, email, key, name, hash)
        """;
    private const string WithTooMany = """
        select min(email) from organisations.invitations
        where email_key = any (@keys) and created_at > @yesterday
        group by email_key having count(*) > @most
        limit 1
        """;
    private const string LettersOf = """
        select count(*) from organisations.invitations i
        join organisations.units u on u.id = i.unit_id
        join organisations.units mine on mine.organisation_id = u.organisation_id and mine.id = @unit
        where i.email_key is not null and i.created_at > @yesterday
        """;
    private const string ByToken = Columns + "where token_hash = @hash";
    private const string LockByToken = ByToken + " for update";

    /// <summary>Writes an invitation and, if it is for one person, the letter; the caller has asked whether the actor may.</summary>
    /// <param name="organisation">The name of the organisation, for the letter.</param>
    /// <exception cref="ProblemException">
    /// <c>account.email_invalid</c>, <c>mail.address_invalid</c>, <c>invitation.open</c>, <c>invitation.invalid</c>,
    /// <c>invitation.too_many_letters</c>.
    /// </exception>
    public async Task<MadeInvitation> InsertAsync(
        Tx tx, Actor actor, NewInvitation wanted, string organisation, CancellationToken cancellationToken)
    {
        var email = wanted.Email?.Trim();
        Check(wanted, email);
        var token = SecretToken.Create();
        var now = clock.GetUtcNow();
        var arguments = new
        {
            unit = wanted.Unit.Value,
            role = wanted.Role,
            email,
            email_key = email is null ? null : await EmailKey.OfAsync(tx, email, cancellationToken),
            name = wanted.Name,
            hash = SecretToken.HashOf(token),
            most_uses = wanted.MostUses,
            founding = wanted.IsFounding,
            by = actor.Id.Value,
            now,
            expires = now.AddDays(wanted.Days),
        };
        if (email is not null)
        {
            await tx.ExecuteAsync(EndOver, arguments, cancellationToken);
        }

        long id;
        try
        {
            id = await tx.GetAsync<long>(Insert, arguments, cancellationToken);
        }
        catch (Exception refused) when (DatabaseFailure.IsTaken(refused, "invitations_open"))
        {
            throw OrganisationProblems.InvitationOpen();
        }

        if (email is not null)
        {
            await RequireFewLettersAsync(tx, wanted.Unit, [arguments.email_key], now, cancellationToken);
            await outbox.AppendAsync(tx, LetterTo(email, actor, organisation, token, wanted.Days), cancellationToken);
        }

        var after = new { unit = wanted.Unit.Value, role = wanted.Role, email, uses = wanted.MostUses, expires = arguments.expires };
        var change = new Change("invitation.create", null, "invitation", id.ToString(), null, after);
        await records.AppendAsync(tx, actor, change, $"unit {wanted.Unit}", cancellationToken);
        var made = new Invitation(
            id, wanted.Unit, wanted.Role, email, wanted.Name, wanted.MostUses, 0, wanted.IsFounding, actor.Id, now, arguments.expires, null);
        return new MadeInvitation(made, token);
    }

    /// <summary>Writes many invitations by letter, which the caller has checked and records.</summary>
    /// <exception cref="ProblemException">
    /// <c>invitation.open</c>: somebody else invited one of them at the same moment; <c>invitation.too_many_letters</c>.
    /// </exception>
    public async Task InsertManyAsync(
        Tx tx, Actor actor, IReadOnlyList<NewInvitation> wanted, string organisation, CancellationToken cancellationToken)
    {
        var tokens = wanted.Select(_ => SecretToken.Create()).ToList();
        var now = clock.GetUtcNow();
        var arguments = new
        {
            units = wanted.Select(one => one.Unit.Value).ToArray(),
            roles = wanted.Select(one => one.Role).ToArray(),
            emails = wanted.Select(one => one.Email).ToArray(),
            keys = wanted.Select(one => one.EmailKey).ToArray(),
            names = wanted.Select(one => one.Name).ToArray(),
            hashes = tokens.Select(SecretToken.HashOf).ToArray(),
            by = actor.Id.Value,
            now,
            expires = now.AddDays(NewInvitation.UsualDays),
        };
        await tx.ExecuteAsync(EndManyOver, arguments, cancellationToken);
        try
        {
            await tx.ExecuteAsync(InsertMany, arguments, cancellationToken);
        }
        catch (Exception refused) when (DatabaseFailure.IsTaken(refused, "invitations_open"))
        {
            throw OrganisationProblems.InvitationOpen();
        }

        if (wanted.Count > 0)
        {
            await RequireFewLettersAsync(tx, wanted[0].Unit, arguments.keys, now, cancellationToken);
        }

        foreach (var part in wanted.Zip(tokens).Chunk(LettersAtOnce))
        {
            await tx.TogetherAsync(
                async () =>
                {
                    foreach (var (one, token) in part)
                    {
                        var letter = LetterTo(one.Email ?? "", actor, organisation, token, NewInvitation.UsualDays);
                        await outbox.AppendAsync(tx, letter, cancellationToken);
                    }
                },
                cancellationToken);
        }
    }

    /// <summary>Finds the invitation of a token, used or over ones too; null when nobody made it.</summary>
    public static async Task<Invitation?> FindAsync(Sql sql, string token, CancellationToken cancellationToken) =>
        SecretToken.HashOf(token) is { } hash ? await sql.FindAsync<Invitation>(ByToken, new { hash }, cancellationToken) : null;

    /// <summary>Does the same and lets nobody else use it until the commit.</summary>
    public static async Task<Invitation?> LockAsync(Tx tx, string token, CancellationToken cancellationToken) =>
        SecretToken.HashOf(token) is { } hash
            ? await tx.FindAsync<Invitation>(LockByToken, new { hash }, cancellationToken)
            : null;

    // Nobody's mailbox is filled through this server. Counted with what was just written, which is taken back when it is too much.
    private static async Task RequireFewLettersAsync(
        Tx tx, UnitId unit, IReadOnlyList<string?> keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var arguments = new { keys = keys.ToArray(), unit = unit.Value, yesterday = now.AddDays(-1), most = MostLettersOfAddress };
        if (await tx.FindAsync<string>(WithTooMany, arguments, cancellationToken) is { } email)
        {
            throw OrganisationProblems.LettersEnough(email, MostLettersOfAddress);
        }

        if (await tx.GetAsync<long>(LettersOf, arguments, cancellationToken) > MostLettersOfOrganisation)
        {
            throw OrganisationProblems.LettersEnough(MostLettersOfOrganisation);
        }
    }

    private static void Check(NewInvitation wanted, string? email)
    {
        if (wanted.MostUses is < 1 or > NewInvitation.MostUsesOfLink || wanted.Days is < 1 or > NewInvitation.MostDays)
        {
            throw OrganisationProblems.InvitationInvalid(NewInvitation.MostUsesOfLink, NewInvitation.MostDays);
        }

        if (email is not null && !EmailKey.IsAddress(email))
        {
            throw AccountProblems.EmailInvalid();
        }
    }

    private Letter LetterTo(string email, Actor actor, string organisation, string token, int days) =>
        Letter.Of(
            email,
            null,
            "invitation",
            ("inviter", actor.DisplayName),
            ("organisation", organisation),
            ("days", days.ToString()),
            ("link", links.Of($"/invitation#{token}"))) with
        { GoodFor = TimeSpan.FromDays(days) };
}
