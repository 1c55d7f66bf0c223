using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Erasure;

/// <summary>The refusals of the Erasure room.</summary>
internal static class ErasureProblems
{
    /// <summary>Refuses a reason that says nothing, or too much.</summary>
    /// <exception cref="ProblemException"><c>erasure.reason</c>.</exception>
    public static string CheckReason(string? reason) => StatedReason.Check(reason, "erasure.reason", "why");

    /// <summary>The name typed is not the project's.</summary>
    public static ProblemException Name() => new(
        "erasure.name", 422, "“name” must be the project's name, letter by letter: what is erased now comes back in no way. Nothing was erased.");

    /// <summary>Done before.</summary>
    public static ProblemException Done() => new("erasure.done", 409, "This project was erased already. Its certificate is in the list of erasures.");

    /// <summary>Nothing of this number, or not for the one who asks.</summary>
    public static ProblemException Unknown() => new("erasure.not_found", 404, "There is no erasure with this number that you may see.");

    /// <summary>The keys are not destroyed yet, or were destroyed before the database was restored.</summary>
    public static ProblemException NoCertificate() => new(
        "erasure.no_certificate", 409, "There is no certificate: the keys are being destroyed at this moment, or they were before this database was restored; then the certificate of that time counts.");
}
