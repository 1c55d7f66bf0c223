using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Says what kind of subject holds a grant.</summary>
internal enum SubjectKind
{
    /// <summary>One person, phone or link.</summary>
    Actor,

    /// <summary>Everyone who belongs to a unit, or to one below it.</summary>
    Unit,

    /// <summary>Everyone who is signed in with an account.</summary>
    Everyone,
}

/// <summary>Whoever holds a grant.</summary>
/// <param name="Id">The actor's or the unit's number; 0 for everyone.</param>
internal readonly record struct Subject(SubjectKind Kind, long Id)
{
    /// <summary>Everyone who is signed in with an account.</summary>
    public static Subject Everyone => new(SubjectKind.Everyone, 0);

    /// <summary>Gives the subject that is one actor.</summary>
    public static Subject Of(ActorId actor) => new(SubjectKind.Actor, actor.Value);

    /// <summary>Gives the subject that is a unit's people.</summary>
    public static Subject Of(UnitId unit) => new(SubjectKind.Unit, unit.Value);
}
