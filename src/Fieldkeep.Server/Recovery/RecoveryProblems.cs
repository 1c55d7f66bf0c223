using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Recovery;

/// <summary>The refusals of the Recovery room.</summary>
internal static class RecoveryProblems
{
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

    /// <summary>Somebody erased something of the project while it was copied.</summary>
    public static ProblemException ErasedMeanwhile(ProjectId project) => new(
        "recovery.erased_meanwhile", 409, $"Something of project {project} was erased or taken out for good while it was copied. The copy was erased; recover the project again.");

    /// <summary>Somebody changed what is confidential in the project while it was copied.</summary>
    public static ProblemException HiddenMeanwhile(ProjectId project) => new(
        "recovery.hidden_meanwhile", 409, $"What is confidential in project {project} was changed while it was copied. The copy is in the trash; recover the project again.");
}
