using Fieldkeep.Server.Accounts;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Someone or something that acts, in full as Central's API shows it.</summary>
/// <param name="Type"><c>user</c>, <c>field_key</c> (app user) or <c>public_link</c>.</param>
internal sealed record ActorDetailV1(
    long Id, string Type, string DisplayName, DateTimeOffset CreatedAt, DateTimeOffset? UpdatedAt, DateTimeOffset? DeletedAt)
{
    /// <summary>Shows an actor; null for nobody.</summary>
    public static ActorDetailV1? Of(KnownActor? actor) => actor is null
        ? null
        : new ActorDetailV1(
            actor.Id, TypeOf(actor.Kind), actor.DisplayName, actor.CreatedAt, actor.UpdatedAt, actor.DeletedAt);

    private static string TypeOf(string kind) => kind switch
    {
        "account" => "user",
        "app_user" => "field_key",
        _ => kind,
    };
}
