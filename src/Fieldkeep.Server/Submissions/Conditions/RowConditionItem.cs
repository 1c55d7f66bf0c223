using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Conditions;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>A condition on the submissions of a form, as it is kept.</summary>
/// <param name="Id">What grants name.</param>
/// <param name="Name">A name for people. May tell of answers.</param>
/// <param name="Kinds">How its questions were compared when its matches were found.</param>
/// <param name="ReadyAt">Since when all submissions were asked; null while that is under way.</param>
internal sealed record RowConditionItem(
    long Id, FormId Form, string Name, RowCondition Condition, string Kinds, ActorId CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? ReadyAt);

/// <summary>What was found of one submission and one condition.</summary>
internal sealed record RowMatch(long Condition, bool Holds);
