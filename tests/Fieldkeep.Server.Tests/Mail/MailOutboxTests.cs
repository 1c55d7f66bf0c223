using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Mail;

/// <summary>Letters from the transaction that causes them to the SMTP server or the mail folder.</summary>
public sealed class MailOutboxTests(TestServer server, TestCluster cluster) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_letter_of_a_committed_transaction_is_written_once_and_kept_by_nobody_else()
    {
        var address = Some.Email();
        await AppendAsync(server, LetterTo(address), isCommitted: true);

        var letter = Assert.Single(await server.LettersToAsync(address));
        await server.LettersToAsync(address);

        Assert.Equal("Your password was changed", letter.Subject);
        Assert.Contains($"your account on {server.Address.ToString().TrimEnd('/')} was changed", letter.Body, StringComparison.Ordinal);
        Assert.Equal("auto-generated", letter.Headers["Auto-Submitted"].Single());
        Assert.Single(await server.LettersToAsync(address));
        Assert.Equal(0, await server.QueryAsync<int>("select count(*)::int from mail.outbox where state = 'sent' and content is not null"));
    }

    [Fact]
    public async Task A_letter_of_a_transaction_that_is_rolled_back_is_never_sent()
    {
        var address = Some.Email();
        await AppendAsync(server, LetterTo(address), isCommitted: false);

        Assert.Empty(await server.LettersToAsync(address));
    }

    [Fact]
    public async Task Letters_are_sealed_while_they_wait()
    {
        await using var postman = new Postman { Answer = "451 later" };
        await using var slow = await StartAsync(postman);
        await AppendAsync(slow, LetterTo("waiting@example.org"), isCommitted: true);

        var content = await slow.QueryAsync<byte[]>("select content from mail.outbox where state = 'waiting'");

        Assert.NotNull(content);
        Assert.Equal(-1, content.AsSpan().IndexOf("waiting@example.org"u8));
        Assert.Equal(-1, content.AsSpan().IndexOf("password"u8));
    }

    [Theory]
    [InlineData("a@example.org\r\nBcc: b@example.org")]
    [InlineData("a@example.org,b@example.org")]
    [InlineData("a@example.org\0")]
    [InlineData("\"a\"<b@example.org>")]
    [InlineData("a b@example.org")]
    [InlineData("nobody")]
    [InlineData("")]
    public async Task An_address_that_smuggles_is_refused(string address)
    {
        var problem = await Assert.ThrowsAsync<ProblemException>(() => AppendAsync(server, LetterTo(address), isCommitted: true));

        Assert.Equal("mail.address_invalid", problem.Code);
    }

    [Fact]
    public async Task A_letter_that_is_not_taken_is_tried_again_later_and_arrives_with_its_headers_whole()
    {
        await using var postman = new Postman { Answer = "451 later" };
        await using var slow = await StartAsync(postman);
        var letter = Letter.Of("a@example.org", "ar", "password_changed", ("name", "Zoë\r\nBcc: b@example.org"));
        await AppendAsync(slow, letter, isCommitted: true);
        Assert.Equal(0, await SendAsync(slow));
        Assert.Equal("SMTP 451", await slow.QueryAsync<string>("select last_error from mail.outbox"));

        postman.Answer = "250 OK";
        Assert.Equal(0, await SendAsync(slow));
        slow.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await SendAsync(slow));

        var taken = Letters.Parse(Assert.Single(postman.Taken));
        Assert.Equal("تم تغيير كلمة مرورك", taken.Subject);
        Assert.Contains("Zoë  Bcc: b@example.org", taken.Body, StringComparison.Ordinal);
        Assert.Equal("a@example.org", taken.To);
        Assert.Empty(taken.Headers["Bcc"]);
        Assert.Equal("ar", taken.Headers["Content-Language"].Single());
    }

    [Fact]
    public async Task A_letter_that_is_refused_for_good_is_dead_and_its_content_gone()
    {
        await using var postman = new Postman { Answer = "550 no such person" };
        await using var slow = await StartAsync(postman);
        await AppendAsync(slow, LetterTo("nobody@example.org"), isCommitted: true);

        await SendAsync(slow);

        Assert.Equal("dead SMTP 550", await slow.QueryAsync<string>("select state || ' ' || last_error from mail.outbox where content is null"));
        Assert.DoesNotContain("nobody@example.org", slow.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_letter_whose_time_is_over_is_not_sent()
    {
        await using var postman = new Postman { Answer = "451 later" };
        await using var slow = await StartAsync(postman);
        await AppendAsync(slow, LetterTo("late@example.org") with { GoodFor = TimeSpan.FromHours(1) }, isCommitted: true);
        await SendAsync(slow);
        postman.Answer = "250 OK";
        slow.Clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal(0, await SendAsync(slow));

        Assert.Empty(postman.Taken);
        Assert.Equal("dead", await slow.QueryAsync<string>("select state from mail.outbox"));
    }

    private static Letter LetterTo(string address) => Letter.Of(address, "en", "password_changed", ("name", "A person"));

    private static Task<int> SendAsync(TestServer at) => at.Services.GetRequiredService<SendMail>().RunAsync(Token);

    private static async Task AppendAsync(TestServer at, Letter letter, bool isCommitted)
    {
        await using var tx = await at.Services.GetRequiredService<Db>().BeginAsync(Token);
        await at.Services.GetRequiredService<MailOutbox>().AppendAsync(tx, letter, Token);
        if (isCommitted)
        {
            await tx.CommitAsync(Token);
        }
    }

    private async Task<TestServer> StartAsync(Postman postman)
    {
        var mail = new MailSettings { Smtp = new SmtpSettings { Host = "127.0.0.1", Port = postman.Port, IsEncrypted = false } };
        var made = new TestServer(cluster)
        {
            Configure = settings => settings with { Mail = mail },

            // Its rounds are the test's, so that their number is known.
            Replace = services => services.Remove(services.Single(part =>
                part.ServiceType == typeof(Microsoft.Extensions.Hosting.IHostedService) && part.ImplementationFactory?.Method.ReturnType == typeof(SendMail))),
        };
        await made.InitializeAsync();
        return made;
    }
}
