using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Conditions;

/// <summary>What was found of submissions is written and forgotten at once by many.</summary>
public sealed class RowMatchesTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Rounds = 25;

    private const string Insert = """
        insert into submissions.submissions
            (id, form_id, project_id, instance_id, is_draft, submitter_id, attachments_expected, attachments_present, created_at)
        select gen_random_uuid(), f.id, f.project_id, 'uuid:' || gen_random_uuid(), false, @by, 0, 0, now()
        from forms.forms f, generate_series(1, 400) where f.project_id = @project
        returning id
        """;

    private const string InsertCondition = """
        insert into submissions.row_conditions (row_id, project_id, form_id, body, kinds, created_by, created_at)
        select gen_random_uuid(), project_id, id, '', 'text', @by, now() from forms.forms where project_id = @project
        returning id
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_writes_and_whoever_forgets_at_once_never_wait_in_a_circle()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var db = server.Services.GetRequiredService<Db>();
        var arguments = new { project, by = 1L };
        var condition = await server.QueryAsync<long>(InsertCondition, arguments);
        var forwards = await db.ListAsync<Guid>(Insert, arguments, Token);
        var backwards = forwards.Order().Reverse().ToList();
        var store = server.Services.GetRequiredService<RowConditionStore>();

        async Task WriteAsync(IReadOnlyList<Guid> ids)
        {
            for (var round = 0; round < Rounds; round++)
            {
                await using var tx = await db.BeginAsync(Token);
                RowMatch[] matches = [new(condition, true)];
                await RowMatches.WriteAsync(tx, ids.Select(id => (new SubmissionId(id), (IReadOnlyList<RowMatch>)matches)), Token);
                await tx.CommitAsync(Token);
            }
        }

        async Task ForgetAsync()
        {
            for (var round = 0; round < Rounds; round++)
            {
                await store.BeginAgainAsync(condition, "text", Token);
            }
        }

        await Task.WhenAll(WriteAsync(forwards), WriteAsync(backwards), ForgetAsync());
        await WriteAsync(forwards);

        Assert.Equal(400, await server.QueryAsync<int>("select count(*)::int from submissions.row_matches where condition_id = @condition", new { condition }));
    }
}
