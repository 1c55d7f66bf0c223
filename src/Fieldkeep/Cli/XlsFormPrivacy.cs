using System.CommandLine;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Privacy;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep xlsform privacy</c>: which questions of a form identify people or can harm them.</summary>
internal static class XlsFormPrivacy
{
    private const string XFormExtension = ".xml";

    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "XLSForms: .xlsx, .xls, .csv or Markdown; or XForms: .xml",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "privacy",
            "Say which questions identify people or can harm them, why, and what to do. Nothing is sent anywhere, and what is found is no error. "
            + "With --json prints one line per file: file, ok, formId, diagnostics, findings (path, name, topics, kinds, severity, isAboutStaff, reasons, remedies) "
            + "risks (risk, severity, paths, remedies), confidential (path, cause, from, radius) and hints (path, kind, from).")
        {
            Files, Settings.Json,
        };
        HelpWithExitCodes.Note(command, ExitCodes.FormHasErrors, ExitCodes.FileTrouble);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var isJson = parsed.GetValue(Settings.Json);

        // Every file is tried; the code tells the worst that happened.
        return parsed.GetRequiredValue(Files).Select(file => RunOne(file, isJson)).Aggregate(Math.Max);
    }

    private static int RunOne(string file, bool isJson)
    {
        try
        {
            var (xform, diagnostics) = Read(file);
            if (xform is null)
            {
                return Fail(file, diagnostics, isJson, ExitCodes.FormHasErrors);
            }

            var form = XFormReader.Read(xform);
            var plan = ConfidentialPlan.Of(form, []);
            Show(file, form.Id, PrivacyCheck.Run(form, plan), plan, isJson);
            return ExitCodes.Success;
        }
        catch (XFormException e)
        {
            return Fail(file, [new Diagnostic("X_XFORM", Severity.Error, e.Message)], isJson, ExitCodes.FormHasErrors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(file, [new Diagnostic(DiagnosticCode.FileUnread, Severity.Error, e.Message)], isJson, ExitCodes.FileTrouble);
        }
    }

    private static (string? XForm, IReadOnlyList<Diagnostic> Diagnostics) Read(string file)
    {
        if (Path.GetExtension(file).Equals(XFormExtension, StringComparison.OrdinalIgnoreCase))
        {
            return (File.ReadAllText(file), []);
        }

        using var content = File.OpenRead(file);
        var form = XlsFormCompiler.Compile(
            content, Path.GetFileName(file), new CompileOptions(FallbackFormId: Path.GetFileNameWithoutExtension(file)));
        return (form.XForm, form.Diagnostics);
    }

    private static int Fail(string file, IReadOnlyList<Diagnostic> diagnostics, bool isJson, int exitCode)
    {
        var errors = diagnostics.Where(one => one.Severity == Severity.Error).ToList();
        Terminal.Fail($"{file}: {errors[0].Message}", "repair the form first; fieldkeep xlsform check tells every error");
        if (isJson)
        {
            Terminal.PrintJson(new
            {
                file,
                ok = false,
                formId = (string?)null,
                diagnostics = errors.Select(one => new { code = one.Code, message = one.Message }),
                findings = Array.Empty<object>(),
                risks = Array.Empty<object>(),
                confidential = Array.Empty<object>(),
                hints = Array.Empty<object>(),
            });
        }

        return exitCode;
    }

    private static void Show(string file, string formId, PrivacyReport report, ConfidentialPlan plan, bool isJson)
    {
        if (isJson)
        {
            Terminal.PrintJson(new
            {
                file,
                ok = true,
                formId,
                diagnostics = Array.Empty<object>(),
                findings = report.Findings.Select(JsonOf),
                risks = report.Risks.Select(risk => new
                {
                    risk = Name(risk.Risk),
                    severity = Name(risk.Severity),
                    paths = risk.Paths,
                    remedies = risk.Remedies.Select(JsonOf),
                }),
                confidential = plan.Nodes.Select(node => new { path = node.Path, cause = Name(node.Cause), from = node.From, radius = node.Radius }),
                hints = plan.Hints.Select(hint => new { path = hint.Path, kind = Name(hint.Kind), from = hint.From }),
            });
            return;
        }

        Terminal.Print($"{file}: {report.Count(PrivacySeverity.High)} high, {report.Count(PrivacySeverity.Medium)} medium, {report.Count(PrivacySeverity.Low)} low");
        foreach (var risk in report.Risks)
        {
            Terminal.Print($"  {Name(risk.Severity)}: {PrivacyTexts.Of(risk)}");
            Tell(risk.Remedies);
        }

        foreach (var finding in report.Findings.OrderByDescending(one => one.Severity))
        {
            Terminal.Print($"  {Name(finding.Severity)}: {finding.Path}: {PrivacyTexts.Of(finding)}");
            Tell(finding.Remedies);
        }

        foreach (var node in plan.Nodes)
        {
            Terminal.Print($"  confidential: {node.Path}{(node.From is { } from ? $", {Name(node.Cause)} from {from}" : "")}");
        }

        foreach (var hint in plan.Hints)
        {
            Terminal.Print($"  hint: the {Name(hint.Kind)} of {hint.Path} depends on the confidential {hint.From}");
        }
    }

    private static void Tell(IEnumerable<PrivacyRemedy> remedies)
    {
        foreach (var remedy in remedies)
        {
            Terminal.Print($"    - {PrivacyTexts.Of(remedy)}");
        }
    }

    private static object JsonOf(PrivacyFinding finding) => new
    {
        path = finding.Path,
        name = finding.Name,
        topics = finding.Topics.Select(topic => Name(topic)),
        kinds = finding.Kinds.Select(kind => Name(kind)),
        severity = Name(finding.Severity),
        isAboutStaff = finding.IsAboutStaff,
        reasons = finding.Reasons.Select(reason => new { source = Name(reason.Source), words = reason.Words, language = reason.Language }),
        remedies = finding.Remedies.Select(JsonOf),
    };

    private static object JsonOf(PrivacyRemedy remedy) => new
    {
        kind = Name(remedy.Kind),
        rows = remedy.Rows.Select(row => new { sheet = row.Sheet, cells = row.Cells.Select(cell => new { column = cell.Column, value = cell.Value }) }),
    };

    private static string Name<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
