using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Rights;

/// <summary>Says of every column that names a person, or tells of them, what becomes of it when their account is removed.</summary>
public sealed class RowsOfPersonTests(TestServer server) : IClassFixture<TestServer>
{
    // With the reason why it stays. A number is the tombstone's.
    private static readonly Dictionary<string, string> Staying = new(StringComparer.Ordinal)
    {
        ["access.members.actor_id"] = "ended with the account; who belonged where on which day can be told, by number",
        ["access.grants.subject_id"] = "as members",
        ["accounts.accounts.actor_id"] = "the tombstone itself: EndedAccounts",
        ["accounts.accounts.email"] = "the tombstone itself",
        ["accounts.accounts.email_key"] = "the tombstone itself",
        ["accounts.accounts.former_email"] = "the tombstone itself",
        ["accounts.accounts.former_email_key"] = "the tombstone itself",
        ["accounts.actors.display_name"] = "the tombstone itself",
        ["accounts.app_users.actor_id"] = "a phone",
        ["accounts.public_links.actor_id"] = "a link",
        ["accounts.retired_addresses.actor_id"] = "keeps the address nobody's for a year, as a keyed hash",
        ["exports.archives.actor_id"] = "that somebody took all data along, by number",
        ["ledger.entries.actor_id"] = "bound by the tree: a number whose name is the tombstone's",
        ["organisations.invitation_uses.actor_id"] = "that an invitation was used, by number",
        ["organisations.invitations.email"] = "goes with email_key",
        ["rights.agreements.actor_id"] = "that somebody agreed for an organisation, by number",
        ["rights.consents.actor_id"] = "that somebody agreed to a text, by number",
        ["rights.removals.actor_id"] = "says that it was done, by number",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_column_that_names_a_person_is_changed_or_says_why_it_stays()
    {
        var columns = await server.Services.GetRequiredService<Db>().ListAsync<string>(
            """
            select c.table_schema || '.' || c.table_name || '.' || c.column_name
            from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
            where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema')
              and (c.column_name in ('actor_id', 'submitter_id', 'author_id', 'subject_id', 'display_name', 'handled_by') or (c.column_name like '%email%' and c.data_type = 'text'))
              and c.table_schema || '.' || c.table_name || '.' || c.column_name not in ('audit.events.subject_id', 'ledger.entries.subject_id')
            order by 1
            """,
            null,
            Token);
        var handled = server.Services.GetServices<RowsOfPerson>().Select(one => $"{one.Table}.{one.Column}").ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(columns, column => !handled.Contains(column) && !Staying.ContainsKey(column));
        Assert.Empty(Staying.Keys.Except(columns));
    }
}
