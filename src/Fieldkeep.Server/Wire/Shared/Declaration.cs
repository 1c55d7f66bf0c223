using Fieldkeep.Server.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Says what an address does and which actions it demands; every address below <c>/api</c> and <c>/v1</c> carries one.</summary>
/// <param name="Id">Names the operation for programs, in camelCase and once per dialect, such as <c>listProjects</c>.</param>
/// <param name="Summary">One sentence for people, beginning with a verb.</param>
/// <param name="Actions">What the caller must be allowed; empty when being a caller of the right kind is enough.</param>
internal sealed record Declaration(string Id, string Summary, IReadOnlyList<Permission> Actions);

/// <summary>Says who an address answers; the mark nearest to the address counts.</summary>
internal sealed record CallersMetadata(IReadOnlyList<CallerKind> Kinds);

/// <summary>Ends the operation ids of addresses that say the same in another place, such as <c>OfDraft</c>.</summary>
internal sealed record VariantMetadata(string Suffix);

/// <summary>Says for whom an address is made.</summary>
internal sealed record AudienceMetadata(Audience Audience);

/// <summary>Names problems that an address may answer with, beyond those that every address has.</summary>
internal sealed record RefusalMetadata(int Status, IReadOnlyList<string> Codes);

/// <summary>Marks what someone may ask who must set up a second factor first.</summary>
internal sealed record OpenToEnrolMetadata;

/// <summary>Names a parameter of the query or a header that a handler reads by itself.</summary>
/// <param name="IsHeader">Whether it is a header; else it stands in the query.</param>
/// <param name="Type">The type of its value: bool, int or string.</param>
internal sealed record ParameterMetadata(string Name, bool IsHeader, Type Type, string Description);

/// <summary>Says that the body is a file of any of these media types, at most so many bytes long.</summary>
internal sealed record FileBodyMetadata(long MaxBytes, IReadOnlyList<string> MediaTypes);

/// <summary>Says that the answer is a file or other bytes, of any of these media types.</summary>
internal sealed record FileAnswerMetadata(int Status, IReadOnlyList<string> MediaTypes);

/// <summary>Names the kinds of callers an address can have.</summary>
internal enum CallerKind
{
    /// <summary>Anyone, without credentials.</summary>
    Anonymous,

    /// <summary>An account: browser session, bearer token, or Basic.</summary>
    Session,

    /// <summary>A phone whose token stands in the path.</summary>
    AppUser,

    /// <summary>Whoever holds the secret address of a draft.</summary>
    DraftTester,

    /// <summary>Whoever holds a public link's token, in the path or as <c>?st=</c>.</summary>
    PublicLink,
}

/// <summary>Names those for whom an address is made.</summary>
internal enum Audience
{
    /// <summary>The web interface, and programs that use our own API.</summary>
    Web,

    /// <summary>Scripts and programs written for ODK Central.</summary>
    Scripts,

    /// <summary>ODK Collect and KoboCollect.</summary>
    Phones,

    /// <summary>Load balancers and whoever runs the server.</summary>
    Operators,
}

/// <summary>Declares addresses. What is said here is what <c>openapi.json</c> says.</summary>
internal static class Declarations
{
    /// <summary>Names an address and the actions it demands, which the operation behind it checks.</summary>
    public static TBuilder Declare<TBuilder>(this TBuilder route, string id, string summary, params Permission[] actions)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new Declaration(id, summary, actions));

    /// <summary>
    /// Checks the declared actions at the project of the address before the handler runs; for handlers that read without an
    /// operation that checks, or must not take a large body from just anyone.
    /// </summary>
    public static RouteHandlerBuilder CheckedHere(this RouteHandlerBuilder route) =>
        route.AddEndpointFilterFactory((handler, next) =>
        {
            // By its type, the framework would compile a way to make one for each address.
            var check = handler.ApplicationServices.GetRequiredService<DeclaredActions>();
            return context => check.InvokeAsync(context, next);
        });

    /// <summary>Tells these addresses from the same ones elsewhere; their operation ids end so.</summary>
    public static TBuilder Variant<TBuilder>(this TBuilder route, string suffix)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new VariantMetadata(suffix));

    /// <summary>Says who may call.</summary>
    public static TBuilder CalledBy<TBuilder>(this TBuilder route, params CallerKind[] kinds)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new CallersMetadata(kinds));

    /// <summary>Answers also someone who must set up a second factor first; every other address refuses them.</summary>
    public static TBuilder OpenToEnrol<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new OpenToEnrolMetadata());

    /// <summary>Says for whom addresses are made.</summary>
    public static TBuilder MadeFor<TBuilder>(this TBuilder route, Audience audience)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new AudienceMetadata(audience));

    /// <summary>Names problem codes, beyond those that follow from callers, actions and body.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder route, int status, params string[] codes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RefusalMetadata(status, codes));

    /// <summary>Names a parameter of the query that the handler reads by itself.</summary>
    public static TBuilder Reads<TBuilder>(this TBuilder route, string name, Type type, string description)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new ParameterMetadata(name, false, type, description));

    /// <summary>Names a header that the handler reads by itself.</summary>
    public static TBuilder ReadsHeader<TBuilder>(this TBuilder route, string name, string description)
        where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new ParameterMetadata(name, true, typeof(string), description));

    /// <summary>Says that the handler reads the body as a file.</summary>
    public static RouteHandlerBuilder TakesFile(this RouteHandlerBuilder route, long maxBytes, params string[] mediaTypes) =>
        route.WithMetadata(new FileBodyMetadata(maxBytes, mediaTypes));

    /// <summary>Says that the handler answers with a file; with any of these media types.</summary>
    public static TBuilder SendsFile<TBuilder>(this TBuilder route, params string[] mediaTypes)
        where TBuilder : IEndpointConventionBuilder => route.SendsFile(StatusCodes.Status200OK, mediaTypes);

    /// <summary>Says that the handler answers with a file and this status.</summary>
    public static TBuilder SendsFile<TBuilder>(this TBuilder route, int status, params string[] mediaTypes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new FileAnswerMetadata(status, mediaTypes));

    /// <summary>Says that the handler answers with this status and nothing else.</summary>
    public static RouteHandlerBuilder AnswersEmpty(this RouteHandlerBuilder route, int status) => route.Produces(status);

    /// <summary>Says what JSON a handler writes that does not return it, because it streams or chooses.</summary>
    public static RouteHandlerBuilder Writes<T>(this RouteHandlerBuilder route) =>
        route.Produces<T>(StatusCodes.Status200OK, "application/json");
}
