namespace Fieldkeep.Fuzz;

/// <summary>Says that an answer does not hold what is promised.</summary>
internal sealed class FuzzException(string message) : Exception(message);
