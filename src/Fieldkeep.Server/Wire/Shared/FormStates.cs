using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Reads the state a form shall have.</summary>
internal static class FormStates
{
    /// <summary>Gives the state a word names.</summary>
    /// <exception cref="ProblemException"><c>form.bad_state</c>.</exception>
    public static FormState Parse(string? word) =>
        Enum.TryParse<FormState>(word, ignoreCase: true, out var state) && Enum.IsDefined(state)
            ? state
            : throw new ProblemException("form.bad_state", 400, "A form's state is open, closing or closed.") { CentralCode = 400.8m };
}
