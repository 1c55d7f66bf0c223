using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Tells a form's diagnostics as Central does (400.15 and 400.16), and ours beside them.</summary>
internal static class CentralDiagnostics
{
    /// <summary>Gives the same problem with Central's details.</summary>
    public static ProblemException Of(ProblemException problem)
    {
        var all = problem.Details?.GetValueOrDefault("diagnostics") as IReadOnlyList<Diagnostic> ?? [];
        var warnings = all.Where(diagnostic => diagnostic.Severity == Severity.Warning).Select(diagnostic => diagnostic.Message);
        var details = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["diagnostics"] = all.Select(diagnostic => new
            {
                code = diagnostic.Code,
                severity = diagnostic.Severity.ToString().ToLowerInvariant(),
                message = diagnostic.Message,
                sheet = diagnostic.Cell?.Sheet,
                row = diagnostic.Cell?.Row,
                column = diagnostic.Cell?.Column,
                suggestion = diagnostic.Suggestion,
            }),
        };
        if (problem.CentralCode == 400.16m)
        {
            details["warnings"] = new { xlsFormWarnings = warnings, workflowWarnings = Array.Empty<object>() };
        }
        else
        {
            details["error"] = problem.Message;
            details["warnings"] = warnings;
        }

        return new ProblemException(problem.Code, problem.Status, problem.Message)
        {
            CentralCode = problem.CentralCode,
            Details = details,
        };
    }
}
