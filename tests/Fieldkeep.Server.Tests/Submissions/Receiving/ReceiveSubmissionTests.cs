using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Receiving;

public sealed class ReceiveSubmissionTests(TestServer server) : IClassFixture<TestServer>
{
    private const string CountOf = """
        select count(*) from submissions.submissions where instance_id = @id
        """;

    private const string VersionsOf = """
        select count(*) from submissions.versions v join submissions.submissions s on s.id = v.submission_id
        where s.instance_id = @id
        """;

    private const string LedgerOf = "select count(*) from ledger.entries where subject_kind = 'submission' and subject_id = @id";
    private const string AuditOf = "select count(*) from audit.events where subject_kind = 'submission' and subject_id = @id";

    private const string PresentOf = """
        select attachments_present from submissions.submissions where instance_id = @id
        """;

    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4, 5, 6, 7, 8, 0xFF, 0xD9];

    [Fact]
    public async Task Sending_the_same_instance_twice_stores_it_once()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();

        using var first = await phone.SubmitAsync(Village.Instance(id));
        using var second = await phone.SubmitAsync(Village.Instance(id));

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(1, await CountAsync(CountOf, id));
        Assert.Equal(1, await CountAsync(LedgerOf, id));
        Assert.Equal(1, await CountAsync(AuditOf, id));
    }

    [Fact]
    public async Task The_same_instance_sent_many_times_at_once_is_stored_once()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => phone.SubmitAsync(Village.Instance(id))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(1, await CountAsync(CountOf, id));
        Assert.Equal(1, await CountAsync(VersionsOf, id));
    }

    [Fact]
    public async Task Other_answers_under_the_same_id_are_refused_and_change_nothing()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();
        using var first = await phone.SubmitAsync(Village.Instance(id, "Arua"));

        using var second = await phone.SubmitAsync(Village.Instance(id, "Gulu"));

        await second.ShouldBeOpenRosaAsync(409, "other answers");
        Assert.Equal(1, await CountAsync(VersionsOf, id));
    }

    [Fact]
    public async Task Files_may_come_over_several_requests()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();
        using var first = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"));
        Assert.Equal(0, await CountAsync(PresentOf, id));

        using var second = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", Photo));
        using var again = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", Photo));

        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(1, await CountAsync(PresentOf, id));
    }

    [Fact]
    public async Task The_last_of_its_files_may_come_first()
    {
        var phone = await PhoneAsync();
        var xml = Village.Instance(Village.NewId(), photo: "well.jpg")
            .Replace("</orx:instanceID>", "</orx:instanceID><orx:audit>audit.csv</orx:audit>", StringComparison.Ordinal);

        using var last = await phone.SubmitAsync(xml, ("audit.csv", [1, 2, 3]));
        using var first = await phone.SubmitAsync(xml, ("well.jpg", Photo));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (last.StatusCode, first.StatusCode));
    }

    [Fact]
    public async Task Another_photo_under_a_name_that_was_received_is_refused()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();
        using var first = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", Photo));

        using var second = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", [1, 2, 3]));

        await second.ShouldBeOpenRosaAsync(409, "well.jpg");
    }

    [Fact]
    public async Task A_file_the_instance_does_not_name_is_refused_and_nothing_is_stored()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();

        using var answer = await phone.SubmitAsync(Village.Instance(id), ("other.jpg", Photo));

        await answer.ShouldBeOpenRosaAsync(400, "other.jpg");
        Assert.Equal(0, await CountAsync(CountOf, id));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("..")]
    [InlineData("a\\b.jpg")]
    public async Task A_file_name_that_climbs_is_refused(string name)
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();

        using var answer = await phone.SubmitAsync(Village.Instance(id, photo: name), (name, Photo));

        await answer.ShouldBeOpenRosaAsync(400, "Rename it");
        Assert.Equal(0, await CountAsync(CountOf, id));
    }

    [Fact]
    public async Task An_empty_photo_is_kept_as_it_came()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();

        using var answer = await phone.SubmitAsync(Village.Instance(id, photo: "empty.jpg"), ("empty.jpg", []));

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(1, await CountAsync(PresentOf, id));
    }

    [Fact]
    public async Task An_instance_over_one_mebibyte_is_stored_as_a_sealed_file()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();
        var xml = Village.Instance(id, new string('x', 3 * 1024 * 1024));

        using var first = await phone.SubmitAsync(xml);
        using var again = await phone.SubmitAsync(xml);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from submissions.versions where instance_id = @id and xml is null and xml_blob is not null", new { id }));
    }

    [Fact]
    public async Task An_edit_of_the_current_version_becomes_the_next_version()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();
        var edited = Village.NewId();
        using var first = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", Photo));

        using var edit = await phone.SubmitAsync(Village.Instance(edited, "Gulu", "well.jpg", deprecatedId: id));
        using var again = await phone.SubmitAsync(Village.Instance(edited, "Gulu", "well.jpg", deprecatedId: id));
        using var late = await phone.SubmitAsync(Village.Instance(Village.NewId(), "Moyo", deprecatedId: id));

        Assert.Equal(HttpStatusCode.Created, edit.StatusCode);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        await late.ShouldBeOpenRosaAsync(409, "not the submission's current version");
        Assert.Equal(2, await CountAsync(VersionsOf, id));
        Assert.Equal(1, await CountAsync(PresentOf, id));
    }

    [Fact]
    public async Task A_phone_cannot_edit_what_another_phone_sent()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var mine = await server.PhoneAsync(admin, project, Village.Form());
        var theirs = await server.PhoneAsync(admin, project);
        var id = Village.NewId();
        using var first = await mine.SubmitAsync(Village.Instance(id));

        using var edit = await theirs.SubmitAsync(Village.Instance(Village.NewId(), "Gulu", deprecatedId: id));

        await edit.ShouldBeOpenRosaAsync(404, "");
        Assert.Equal(1, await CountAsync(VersionsOf, id));
    }

    private async Task<CollectClient> PhoneAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        return await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
    }

    private Task<long> CountAsync(string sql, string id) => server.QueryAsync<long>(sql, new { id });
}
