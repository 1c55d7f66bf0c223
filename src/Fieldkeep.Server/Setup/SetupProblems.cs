using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Setup;

/// <summary>The refusals of the Setup room.</summary>
internal static class SetupProblems
{
    /// <summary>There is an organisation or an account already.</summary>
    public static ProblemException Done() =>
        new("setup.done", 409, "This server is set up already. Sign in, or ask its administrator for an account.");

    /// <summary>The code of the console is missing or wrong.</summary>
    public static ProblemException CodeRefused() =>
        new("setup.code_refused", 403, "The set-up code does not fit. The server prints it on its console when it starts.");
}
