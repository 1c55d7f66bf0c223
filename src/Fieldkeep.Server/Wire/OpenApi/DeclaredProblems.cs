using System.Globalization;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Fieldkeep.Server.Wire.OpenApi;

/// <summary>Writes the refusals of an address: those it declares, and those that follow from who may call.</summary>
internal static class DeclaredProblems
{
    /// <summary>The schema of our own API's problems (RFC 9457).</summary>
    public const string Problem = "Problem";

    /// <summary>The schema of ODK Central's problems.</summary>
    public const string CentralProblem = "CentralProblem";

    // What most addresses say in the same words stands once, among the components.
    private static readonly Dictionary<string, RefusalMetadata> Shared = new(StringComparer.Ordinal)
    {
        ["SignInNeeded"] = new(401, ["factor.basic_refused", "session.expired", "session.https_only", "session.none", "session.refused"]),
        ["TooManyAttempts"] = new(429, ["limit.requests", "session.too_many_attempts"]),
        ["Busy"] = new(503, ["session.busy"]),
    };

    private const string Other = "OtherProblem";

    private static readonly Dictionary<int, string> Meanings = new()
    {
        [400] = "The request cannot be understood.",
        [401] = "Who is calling is not known.",
        [403] = "The caller may not do this here.",
        [404] = "There is no such thing that the caller may see.",
        [406] = "The answer cannot be given in what the caller takes.",
        [409] = "The state of things does not allow it.",
        [410] = "It was there and is the caller's no more.",
        [413] = "The body is too large.",
        [415] = "The body is not of a type this address takes.",
        [422] = "A value is not acceptable.",
        [429] = "Too many attempts; `Retry-After` says when to try again.",
        [500] = "What is stored cannot be opened.",
        [501] = "The server cannot do this.",
        [503] = "The server is busy; try again soon.",
        [507] = "There is no room to keep it.",
    };

    /// <summary>Adds the answers, and one that stands for all that any address can have.</summary>
    public static void Write(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        IList<object> marks,
        Declaration declared,
        IReadOnlyList<CallerKind> callers)
    {
        var dialect = marks.OfType<DialectMetadata>().Last().Dialect;
        var refusals = Following(context, declared, callers)
            .Concat(marks.OfType<RefusalMetadata>())
            .SelectMany(refusal => dialect == Dialect.OpenRosa ? OfPhones(refusal, context.Description.HttpMethod) : [refusal])
            .GroupBy(refusal => refusal.Status)
            .OrderBy(same => same.Key);
        operation.Responses ??= [];
        foreach (var same in refusals)
        {
            var refusal = new RefusalMetadata(
                same.Key, [.. same.SelectMany(one => one.Codes).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
            var shared = IsXml(dialect) ? null : NameOfShared(refusal);
            operation.Responses[same.Key.ToString(CultureInfo.InvariantCulture)] = shared is null
                ? ResponseOf(refusal, dialect, context.Document)
                : new OpenApiResponseReference(shared, context.Document);
        }

        operation.Responses["default"] = IsXml(dialect)
            ? OtherOf(dialect, context.Document)
            : new OpenApiResponseReference(Other, context.Document);
    }

    /// <summary>Adds the answers that many addresses share.</summary>
    public static void WriteShared(OpenApiDocument document, Dialect dialect)
    {
        foreach (var (name, refusal) in Shared)
        {
            document.AddComponent(name, ResponseOf(refusal, dialect, document));
        }

        document.AddComponent(Other, OtherOf(dialect, document));
    }

    // As ProblemWriter answers phones.
    private static IEnumerable<RefusalMetadata> OfPhones(RefusalMetadata refusal, string? method)
    {
        var suspended = refusal.Codes.Where(code => code is AccessProblems.ProjectSuspendedCode or AccessProblems.AccountSuspendedCode).ToList();
        if (suspended.Count > 0)
        {
            yield return new RefusalMetadata(method == "GET" ? 410 : 503, suspended);
        }

        if (suspended.Count < refusal.Codes.Count)
        {
            yield return refusal with { Codes = [.. refusal.Codes.Except(suspended, StringComparer.Ordinal)] };
        }
    }

    private static bool IsXml(Dialect dialect) => dialect is Dialect.OpenRosa or Dialect.ODataXml;

    private static string? NameOfShared(RefusalMetadata refusal) => Shared
        .FirstOrDefault(shared => shared.Value.Status == refusal.Status && shared.Value.Codes.SequenceEqual(refusal.Codes, StringComparer.Ordinal))
        .Key;

    private static OpenApiResponse ResponseOf(RefusalMetadata refusal, Dialect dialect, OpenApiDocument? document) => new()
    {
        Description = Meanings[refusal.Status],
        Content = ContentOf(dialect, document),
        Extensions = new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal)
        {
            ["x-fieldkeep-problems"] = new JsonNodeExtension(new JsonArray([.. refusal.Codes.Select(code => JsonValue.Create(code))])),
        },
    };

    private static OpenApiResponse OtherOf(Dialect dialect, OpenApiDocument? document) => new()
    {
        Description = "Any other problem: a fault of the server (500), the database out of reach (503), a malformed request (400).",
        Content = ContentOf(dialect, document),
    };

    private static IEnumerable<RefusalMetadata> Following(
        OpenApiOperationTransformerContext context, Declaration declared, IReadOnlyList<CallerKind> callers)
    {
        if (callers.Contains(CallerKind.Session))
        {
            foreach (var shared in Shared.Values)
            {
                yield return shared;
            }

            if (context.Description.HttpMethod is not ("GET" or "HEAD"))
            {
                yield return new RefusalMetadata(403, ["session.csrf"]);
                if (declared.Actions.Count == 0)
                {
                    yield return new RefusalMetadata(403, ["token.not_here"]);
                }
            }

            yield return new RefusalMetadata(403, ["account.suspended", "token.network_refused"]);

            if (!context.Description.ActionDescriptor.EndpointMetadata.OfType<OpenToEnrolMetadata>().Any())
            {
                yield return new RefusalMetadata(403, ["session.second_factor_needed"]);
            }
        }

        if (callers.Contains(CallerKind.AppUser))
        {
            yield return new RefusalMetadata(401, ["app_user.refused"]);
            yield return new RefusalMetadata(429, ["session.too_many_attempts"]);
        }

        if (callers.Contains(CallerKind.PublicLink))
        {
            yield return new RefusalMetadata(401, ["public_link.refused"]);
            yield return new RefusalMetadata(429, ["session.too_many_attempts", "public_link.too_fast"]);
        }

        // What may not be seen does not exist: 404 before 403.
        if (declared.Actions.Count > 0)
        {
            yield return new RefusalMetadata(403, ["access.denied"]);
            yield return new RefusalMetadata(404, ["access.not_found"]);

            // Below a project, but for what stays allowed there.
            if (declared.Actions.Any(action => !RolePermissions.IsAllowedWhileSuspended(action))
                && context.Description.RelativePath?.Contains("{projectId", StringComparison.Ordinal) == true)
            {
                yield return new RefusalMetadata(403, ["project.suspended"]);
            }
        }
    }

    private static Dictionary<string, OpenApiMediaType> ContentOf(Dialect dialect, OpenApiDocument? document)
    {
        var (type, schema) = dialect switch
        {
            Dialect.OpenRosa or Dialect.ODataXml => ("text/xml", (IOpenApiSchema)new OpenApiSchema { Type = JsonSchemaType.String }),
            Dialect.CentralV1 => ("application/json", new OpenApiSchemaReference(CentralProblem, document)),
            _ => ("application/problem+json", new OpenApiSchemaReference(Problem, document)),
        };
        return new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [type] = new() { Schema = schema } };
    }
}
