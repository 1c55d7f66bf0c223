using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Recoveries;

/// <summary>The refusals of the Recovery room.</summary>
internal static class RecoveryProblems
{
    /// <summary>The code of <see cref="ErasedMeanwhile"/>.</summary>
    public const string ErasedMeanwhileCode = "recovery.erased_meanwhile";

    /// <summary>Its keys are destroyed.</summary>
    public static ProblemException Erased(ProjectId project) => new(
        "recovery.erased", 409, $"Project {project} was erased for good: its keys are destroyed, in every backup too. Nothing brings it back.");

    /// <summary>The backup knows of no such project.</summary>
    public static ProblemException NotThere(ProjectId project, DateTimeOffset asOf) => new(
        "recovery.not_there", 404, $"There was no project {project} at {asOf:u}. Give the number that stands in the project's address, and a moment when it was there.");

    /// <summary>The number was another project's: the server was put back to an earlier state since.</summary>
    public static ProblemException Other(ProjectId project) => new(
        "recovery.other_project", 409, $"Project {project} of that moment is another one than project {project} here: this server was restored since, and gave the number anew.");

    /// <summary>An order to take answers out for good cannot be done on what was restored.</summary>
    public static ProblemException NotRewritten(ProjectId project) => new(
        "recovery.not_rewritten", 409, $"Answers of project {project} were taken out for good since, and could not be taken out of what was restored. Nothing was recovered.");

    /// <summary>There is no such project here, not even in the trash.</summary>
    public static ProblemException NotHere(ProjectId project) => new(
        "recovery.not_there", 404, $"There is no project {project} here, not even in the trash. At the machine, “fieldkeep recover-project” looks for it in the backup.");

    /// <summary>What somebody wants is a copy that a recovery left half-made.</summary>
    public static ProblemException HalfMade(ProjectId project) => new(
        "recovery.half_made", 409,
        $"The project {project} is itself a copy that did not come to its end, and may hold what was erased meanwhile. Restore the project that it was copied from.");

    /// <summary>Nothing is followed that could be restored.</summary>
    public static ProblemException NoBackup() => new(
        "recovery.no_backup", 409, "This server keeps no backup that it could restore from: start it with --backup, or recover the project at the machine.");

    /// <summary>Another one goes on.</summary>
    public static ProblemException Running() => new("recovery.running", 409, "Another project is being recovered, or somebody looks what one takes. Wait until that ends.");

    /// <summary>There is none.</summary>
    public static ProblemException NotFound() => new("recovery.not_found", 404, "There is no such recovery.");

    /// <summary>What was asked for is not in order.</summary>
    public static ProblemException Invalid(string member, string wanted) => new("recovery.invalid", 422, $"“{member}” must be {wanted}.");

    /// <summary>Who had the project is gone, and nobody else may see what was in it.</summary>
    public static ProblemException UnitGone(ProjectId project) => new(
        "recovery.unit_gone", 409, $"The unit of project {project} is gone: give it back first, or recover the project at the machine with --unit.");

    /// <summary>The backup cannot be restored to that moment.</summary>
    public static ProblemException NotRestorable(string why) => new("recovery.not_restorable", 409, $"It cannot be restored to that moment: {why}.");

    /// <summary>Somebody erased something of the project while it was copied.</summary>
    public static ProblemException ErasedMeanwhile(ProjectId project) => new(
        ErasedMeanwhileCode, 409, $"Something of project {project} was erased or taken out for good while it was copied. The copy was erased; recover the project again.");

    /// <summary>So it is, and the copy is there still.</summary>
    public static ProblemException ErasedMeanwhileLeft(ProjectId copy) => new(
        "recovery.erased_left",
        409,
        $"Something of the project was erased or taken out for good while it was copied. The copy {copy} holds it and is NOT erased: somebody worked in it, or it could not be erased "
        + $"now. Erase project {copy} for good; then recover the project again.");

    /// <summary>Somebody changed what is confidential in the project while it was copied.</summary>
    public static ProblemException HiddenMeanwhile(ProjectId project) => new(
        "recovery.hidden_meanwhile", 409, $"What is confidential in project {project} was changed while it was copied. The copy was erased; recover the project again.");
}
