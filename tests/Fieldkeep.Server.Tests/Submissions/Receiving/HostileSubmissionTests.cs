using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Receiving;

public sealed class HostileSubmissionTests(TestServer server) : IClassFixture<TestServer>
{
    private const string All = "select count(*) from submissions.submissions";

    private const string Bomb = """
        <!DOCTYPE data [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><data id="village" version="1"><name>&b;</name></data>
        """;

    private const string External = """
        <!DOCTYPE data [<!ENTITY x SYSTEM "file:///etc/passwd">]><data id="village" version="1"><name>&x;</name></data>
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", 400)]
    [InlineData("this is not XML", 400)]
    [InlineData("{\"json\":true}", 400)]
    [InlineData("<data id=\"village\" version=\"1\"><name>cut", 400)]
    [InlineData("<data id=\"village\" version=\"1\"><name>Arua</name></data>", 400)]
    [InlineData("<data version=\"1\"><meta><instanceID>uuid:1</instanceID></meta></data>", 400)]
    [InlineData("<data id=\"unknown\" version=\"1\"><meta><instanceID>uuid:1</instanceID></meta></data>", 404)]
    [InlineData("<data id=\"village\" version=\"77\"><meta><instanceID>uuid:1</instanceID></meta></data>", 404)]
    [InlineData(Bomb, 400)]
    [InlineData(External, 400)]
    public async Task What_is_no_instance_of_a_form_here_is_refused_in_words(string xml, int status)
    {
        var phone = await PhoneAsync();
        var before = await server.QueryAsync<long>(All);

        using var answer = await phone.SubmitAsync(xml);

        await answer.ShouldBeOpenRosaAsync(status, "");
        Assert.Equal(before, await server.QueryAsync<long>(All));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        var phone = await PhoneAsync();
        var bytes = Encoding.UTF8.GetBytes(Village.Instance(Village.NewId()));
        bytes[bytes.AsSpan().IndexOf("Arua"u8)] = 0xFF;

        using var answer = await phone.SubmitAsync(bytes);

        await answer.ShouldBeOpenRosaAsync(400, "");
    }

    [Fact]
    public async Task Elements_a_hundred_deep_are_refused()
    {
        var phone = await PhoneAsync();
        var deep = string.Concat(Enumerable.Repeat("<a>", 5000)) + string.Concat(Enumerable.Repeat("</a>", 5000));

        using var answer = await phone.SubmitAsync(
            $"<data id=\"village\" version=\"1\">{deep}<meta><instanceID>uuid:1</instanceID></meta></data>");

        await answer.ShouldBeOpenRosaAsync(400, "");
    }

    [Fact]
    public async Task An_instance_larger_than_the_limit_is_refused_with_413()
    {
        var phone = await PhoneAsync();

        using var answer = await phone.SubmitAsync(Village.Instance(Village.NewId(), new string('x', 33 * 1024 * 1024)));

        await answer.ShouldBeOpenRosaAsync(413, "32 MiB");
    }

    [Fact]
    public async Task A_body_that_is_not_multipart_is_refused()
    {
        var phone = await PhoneAsync();
        using var body = new StringContent(Village.Instance(Village.NewId()), Encoding.UTF8, "text/xml");

        using var answer = await phone.PostAsync(body);

        await answer.ShouldBeOpenRosaAsync(415, "xml_submission_file");
    }

    [Fact]
    public async Task A_request_without_the_instance_is_refused()
    {
        var phone = await PhoneAsync();
        using var body = new MultipartFormDataContent { { new ByteArrayContent([1, 2, 3]), "photo.jpg", "photo.jpg" } };

        using var answer = await phone.PostAsync(body);

        await answer.ShouldBeOpenRosaAsync(400, "xml_submission_file");
    }

    [Fact]
    public async Task Two_instances_in_one_request_are_refused()
    {
        var phone = await PhoneAsync();
        using var body = new MultipartFormDataContent
        {
            { new StringContent(Village.Instance(Village.NewId())), "xml_submission_file", "a.xml" },
            { new StringContent(Village.Instance(Village.NewId())), "xml_submission_file", "b.xml" },
        };

        using var answer = await phone.PostAsync(body);

        await answer.ShouldBeOpenRosaAsync(400, "more than one part");
    }

    [Fact]
    public async Task A_multipart_body_that_never_ends_its_last_part_is_refused_and_stores_nothing()
    {
        var phone = await PhoneAsync();
        var before = await server.QueryAsync<long>(All);
        var text = "--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\n\r\n"
            + Village.Instance(Village.NewId());
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");

        using var answer = await phone.PostAsync(body);

        await answer.ShouldBeOpenRosaAsync(400, "send it again");
        Assert.Equal(before, await server.QueryAsync<long>(All));
    }

    [Fact]
    public async Task A_phone_that_hangs_up_half_way_leaves_nothing()
    {
        var phone = await PhoneAsync();
        var before = await server.QueryAsync<long>(All);
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(server.PlainAddress.Host, server.PlainAddress.Port, Token);
            await using var wire = socket.GetStream();
            var head = $"POST {phone.Base}/submission HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\n\r\n<data id=\"village\"";
            await wire.WriteAsync(Encoding.UTF8.GetBytes(head), Token);
            await wire.FlushAsync(Token);
        }

        using var next = await phone.SubmitAsync(Village.Instance(Village.NewId()));

        Assert.Equal(201, (int)next.StatusCode);
        Assert.Equal(before + 1, await server.QueryAsync<long>(All));
    }

    [Fact]
    public async Task A_stranger_is_refused_before_the_body_is_read()
    {
        var phone = new CollectClient(server.CreateClient("127.0.3.1"), "not-a-token", 1);
        using var body = new ByteArrayContent(new byte[8 * 1024 * 1024]);

        using var answer = await phone.PostAsync(body);

        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_closed_form_takes_nothing_and_says_whom_to_ask()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        using var closed = await admin.SendAsync(
            HttpMethod.Patch, $"/v1/projects/{project}/forms/village", new { state = "closed" });
        closed.EnsureSuccessStatusCode();

        using var answer = await phone.SubmitAsync(Village.Instance(Village.NewId()));

        await answer.ShouldBeOpenRosaAsync(409, "closed");
        Assert.Empty(await phone.ListFormsAsync());
    }

    private async Task<CollectClient> PhoneAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        return await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
    }
}
