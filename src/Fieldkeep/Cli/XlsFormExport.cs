using System.CommandLine;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Export;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep xlsform export</c>: XForms back to workbooks.</summary>
internal static class XlsFormExport
{
    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "XForms: .xml. FILE.itemsets.csv beside one is read too",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "Write FILE.xlsx into this folder. A file that is there already is never replaced",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "export",
            "Make XLSForm workbooks of XForms, and say what they cannot hold. Goes on to the next file when one is no form. "
            + "With --json prints one line of JSON per file: file, ok, formId, written, and diagnostics.")
        {
            Files, Out, Settings.Json,
        };
        HelpWithExitCodes.Note(command, ExitCodes.FormHasErrors, ExitCodes.FileTrouble);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var folder = parsed.GetRequiredValue(Out);
        var isJson = parsed.GetValue(Settings.Json);
        Directory.CreateDirectory(folder);

        // Every file is tried; the code tells the worst that happened.
        return parsed.GetRequiredValue(Files).Select(file => RunOne(file, folder, isJson)).Aggregate(Math.Max);
    }

    private static int RunOne(string file, string folder, bool isJson)
    {
        var target = Path.Combine(folder, Path.GetFileNameWithoutExtension(file) + ".xlsx");
        try
        {
            var form = Export(file);
            Write(form, target);
            Show(file, target, form, isJson);
            return ExitCodes.Success;
        }
        catch (XFormException e)
        {
            return Fail(file, "X_XFORM", e.Message, "give an ODK XForm; workbooks are compiled by convert", isJson, ExitCodes.FormHasErrors);
        }
        catch (XlsxLimitException e)
        {
            return Fail(file, "X_TOO_LARGE", e.Message, "keep the XForm: it holds more than a workbook can", isJson, ExitCodes.FormHasErrors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(file, "X_FILE", e.Message, $"check the path, and that {target} can be written and is not there already", isJson, ExitCodes.FileTrouble);
        }
    }

    /// <summary>Writes beside the place first: what is at the place is complete, or is not there.</summary>
    private static void Write(ExportedForm form, string target)
    {
        if (File.Exists(target))
        {
            throw new IOException($"{target} is there already.");
        }

        var part = target + ".part";
        try
        {
            using (var output = new FileStream(part, FileMode.Create))
            {
                WorkbookWriter.WriteXlsx(form.Workbook, output);
            }

            File.Move(part, target, overwrite: false);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static int Fail(string file, string code, string message, string hint, bool isJson, int exitCode)
    {
        Terminal.Fail($"{file}: {message}", hint);
        if (isJson)
        {
            // A reader of the lines finds one for every file.
            PrintJson(file, null, [], [new Diagnostic(code, Severity.Error, message)], isOk: false);
        }

        return exitCode;
    }

    private static ExportedForm Export(string file)
    {
        var itemsets = Path.ChangeExtension(file, ".itemsets.csv");
        using var xform = File.OpenRead(file);
        return XlsFormExporter.Export(xform, File.Exists(itemsets) ? File.ReadAllText(itemsets) : null);
    }

    private static void Show(string file, string target, ExportedForm form, bool isJson)
    {
        if (isJson)
        {
            PrintJson(file, form.FormId, [target], form.Diagnostics, isOk: true);
            return;
        }

        foreach (var one in form.Diagnostics)
        {
            Terminal.Tell($"{file}: {SeverityOf(one)}: {one.Message} [{one.Code}]");
        }
    }

    private static void PrintJson(string file, string? formId, string[] written, IEnumerable<Diagnostic> diagnostics, bool isOk) => Terminal.PrintJson(new
    {
        file,
        ok = isOk,
        formId,
        written,
        diagnostics = diagnostics.Select(one => new
        {
            code = one.Code,
            severity = SeverityOf(one),
            message = one.Message,
            sheet = one.Cell?.Sheet,
            row = one.Cell?.Row,
            column = one.Cell?.Column,
        }),
    });

    private static string SeverityOf(Diagnostic diagnostic) => diagnostic.Severity == Severity.Error ? "error" : "warning";
}
