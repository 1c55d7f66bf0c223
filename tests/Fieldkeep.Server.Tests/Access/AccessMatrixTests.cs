using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Server.Wire.OpenApi;
using Xunit;

namespace Fieldkeep.Server.Tests.Access;

/// <summary>
/// Asks every address as every role, in a project where the role is held, in another, and in one in the trash, and holds the
/// answer to docs/security/roles.md; so too as a token for some things, and as who held a role until just now. An address that the documents do not have fails <c>OpenApiDocumentsTests</c>.
/// </summary>
public sealed class AccessMatrixTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Unseen = ["There is nothing at this address that you may see", "There is no such account"];

    private static readonly string[] Denials =
        ["Your role does not allow this here", TokenProblems.NotHere().Message, TokenProblems.SessionNeeded().Message, AccountProblems.PageOnly().Message];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_documented_roles_are_those_of_the_program()
    {
        var documented =
            from role in RoleTable.Roles
            from action in RoleTable.Actions
            where RoleTable.Allows(role, action)
            select $"{role} {action}";
        var held =
            from role in RolePermissions.All
            from permission in RolePermissions.Of(role)
            select $"{role} {DeclaredOperations.NameOf(permission)}";

        Assert.Equal(Enum.GetValues<Permission>().Select(DeclaredOperations.NameOf).Order(StringComparer.Ordinal), RoleTable.Actions.Order(StringComparer.Ordinal));
        Assert.Equal(held.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_address_answers_every_role_as_documented()
    {
        var stage = await MatrixStage.BuildAsync(server);
        var wrong = new ConcurrentBag<string>();
        var cells = 0;

        // Each of them asks for itself: what one does changes nothing of what another may.
        var several = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token };
        await Parallel.ForEachAsync(stage.Subjects, several, async (subject, _) =>
        {
            using var client = server.CreateClient(isHeld: false);
            foreach (var operation in Operations.All)
            {
                foreach (var place in MatrixExpectations.PlacesOf(operation, subject))
                {
                    if (MatrixExpectations.Expect(operation, subject, place) is not { } expected)
                    {
                        continue;
                    }

                    Interlocked.Increment(ref cells);
                    var (status, outcome, text) = await AskAsync(client, stage, operation, subject, place, expected);
                    if (!IsMet(expected, outcome))
                    {
                        wrong.Add($"{operation} as {subject.Name} {place}: {outcome} ({status}), not {expected}. {text[..Math.Min(text.Length, 160)]}");
                    }
                }
            }
        });

        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {cells} answers differ:\n{string.Join('\n', wrong.Order(StringComparer.Ordinal))}");
        Assert.True(cells > 8_000, $"Only {cells} cells were asked.");
    }

    private static bool IsMet(MatrixOutcome expected, MatrixOutcome outcome) =>
        outcome == expected || (expected == MatrixOutcome.Refused && outcome is MatrixOutcome.Denied or MatrixOutcome.Hidden);

    private static async Task<(int Status, MatrixOutcome Outcome, string Text)> AskAsync(
        HttpClient client, MatrixStage stage, Operation operation, MatrixSubject subject, MatrixPlace place, MatrixOutcome expected)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(operation.Method), await stage.AddressOfAsync(operation, subject, place, expected));
        request.Headers.Authorization = await stage.CredentialsAsync(operation, subject, expected);
        request.Content = ContentFor(operation, expected);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        if (response.IsSuccessStatusCode)
        {
            return ((int)response.StatusCode, MatrixOutcome.Passes, "");
        }

        var text = operation.Method == "HEAD" ? "" : await response.Content.ReadAsStringAsync(Token);
        return ((int)response.StatusCode, OutcomeOf(response, text, operation.Method == "HEAD"), text);
    }

    // What is refused for another reason than access got past the policy. HEAD has no text: its status must do.
    private static MatrixOutcome OutcomeOf(HttpResponseMessage response, string text, bool isBare) => response.StatusCode switch
    {
        HttpStatusCode.Unauthorized => MatrixOutcome.SignIn,
        HttpStatusCode.Forbidden when isBare || Denials.Any(denial => text.Contains(denial, StringComparison.Ordinal)) => MatrixOutcome.Denied,
        HttpStatusCode.NotFound when isBare || Unseen.Any(unseen => text.Contains(unseen, StringComparison.Ordinal)) => MatrixOutcome.Hidden,
        _ => MatrixOutcome.Passes,
    };

    // Whoever may do it sends nothing where a body is due, so that nothing changes; whoever may not sends one that would do.
    private static ByteArrayContent? ContentFor(Operation operation, MatrixOutcome expected)
    {
        if (operation.Body is not { } body || (expected == MatrixOutcome.Passes && !operation.IsSafe))
        {
            return null;
        }

        var text = body.MediaType.Contains("json", StringComparison.Ordinal)
            ? Operations.BodyFor(operation.Document, body.Schema)?.ToJsonString() ?? "{}"
            : Village.Instance(Village.NewId());
        return new ByteArrayContent(Encoding.UTF8.GetBytes(text))
        {
            Headers =
            {
                ContentType = MediaTypeHeaderValue.Parse(body.MediaType switch
                {
                    "*/*" => "application/octet-stream",
                    "multipart/form-data" => "multipart/form-data; boundary=x",
                    var named => named,
                }),
            },
        };
    }
}
