using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Organisations.Invitations;

/// <summary>Invitations to a person whose account is removed: that there was one stays, to whom does not: <see cref="RowsOfPerson"/>.</summary>
internal static class InvitationsOfPerson
{
    /// <summary>What is done with them.</summary>
    public static readonly RowsOfPerson Rows = new(
        "organisations.invitations",
        "email_key",
        """
        update organisations.invitations set email = null, email_key = null, name = null, ended_at = coalesce(ended_at, now())
        where id in (select id from organisations.invitations where email_key = @email_key limit @rows)
        """);
}
