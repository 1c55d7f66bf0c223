using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Who sent it, and what opened the server to them. Not from where: an address is no part of what must not be lost.</summary>
internal sealed record KeptActor(long Id, ActorKind Kind, Door Door, long? DraftOf, KeptBounds? Bounds)
{
    public Credential? CameBy { get; init; }

    public static KeptActor Of(Actor actor) =>
        new(actor.Id.Value, actor.Kind, actor.Door, actor.DraftOf?.Value, KeptBounds.Of(actor.Bounds)) { CameBy = actor.CameBy };

    public Actor ToActor() => new(new ActorId(Id), Kind, "", Door, null)
    {
        DraftOf = DraftOf is { } form ? new FormId(form) : null,
        Bounds = Bounds?.ToBounds(),
        CameBy = CameBy,
    };
}

/// <summary>What the token was made for by which it was sent.</summary>
internal sealed record KeptBounds(IReadOnlyList<string>? Permissions, IReadOnlyList<long>? Projects)
{
    public static KeptBounds? Of(ActorBounds? bounds) =>
        bounds is null ? null : new KeptBounds(bounds.Permissions is { } names ? [.. names] : null, bounds.Projects is { } projects ? [.. projects] : null);

    public ActorBounds ToBounds() => new(Permissions?.ToHashSet(StringComparer.Ordinal), Projects?.ToHashSet());
}
