using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Answers what follows from who asks alone, before any role is looked at. No other room looks at the kind of an actor to decide.</summary>
internal static class WhoAsks
{
    /// <summary>Refuses nobody, and whoever must set up a second factor first.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>session.second_factor_needed</c>.</exception>
    public static void RequireKnown(Actor actor)
    {
        if (actor.Kind == ActorKind.Anonymous)
        {
            throw AccessProblems.SignInNeeded();
        }

        if (actor.MustEnrol)
        {
            throw AccessProblems.FactorNeeded();
        }
    }

    /// <summary>
    /// Refuses whoever has no account of their own: nobody, a phone, a public link. Who must set up a second factor first looks after
    /// their own account nonetheless.
    /// </summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>.</exception>
    public static void RequirePerson(Actor actor)
    {
        if (actor.Kind != ActorKind.Account)
        {
            throw actor.Kind == ActorKind.Anonymous ? AccessProblems.SignInNeeded() : AccessProblems.Denied();
        }
    }

    /// <summary>Refuses everyone but the server itself: for what is done at its machine only.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public static void RequireServer(Actor actor)
    {
        if (actor.Kind != ActorKind.System)
        {
            throw AccessProblems.Denied();
        }
    }

    /// <summary>Tells whether someone has an account and is signed in to it.</summary>
    public static bool IsPerson(Actor actor) => actor.Kind == ActorKind.Account;

    /// <summary>Tells whether an account is the actor's own.</summary>
    public static bool IsSelf(Actor actor, ActorId account) => actor.Kind == ActorKind.Account && actor.Id == account;

    /// <summary>Tells whether what somebody sent is the actor's own. A public link is many people: none of them owns what came by it.</summary>
    public static bool IsSender(Actor actor, ActorId sender) => actor.Kind != ActorKind.PublicLink && actor.Id == sender;

    /// <summary>Tells whether several people may hold what the actor shows: a public link, or the code of a phone.</summary>
    public static bool IsShared(Actor actor) => actor.Kind is ActorKind.PublicLink or ActorKind.AppUser;

    /// <summary>Tells whether something came from the actor's account, phone or link; by a link, it may have been another person's.</summary>
    public static bool IsSource(Actor actor, ActorId sender) => actor.Id == sender;

    /// <summary>Tells whether two requests are by the same actor.</summary>
    public static bool IsSame(Actor one, Actor other) => one.Kind == other.Kind && one.Id == other.Id;

    /// <summary>Gives the roles that are held without a grant: by being oneself, and by the secret that was shown.</summary>
    internal static IEnumerable<HeldRole> RolesOf(Actor actor)
    {
        if (actor.Kind == ActorKind.Account)
        {
            yield return new HeldRole(0, RolePermissions.Self, Scope.OfAccount(actor.Id), Subject.Of(actor.Id));
        }

        if (actor is { Kind: ActorKind.DraftTester, DraftOf: { } form })
        {
            yield return new HeldRole(0, RolePermissions.DraftTester, Scope.OfDraft(form), Subject.Of(actor.Id));
        }
    }
}
