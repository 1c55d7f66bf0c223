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
            "Make XLSForm workbooks of XForms, and say what they cannot hold. Goes on to the next file when one is no form. With --json prints one line of JSON per file.")
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
            using (var output = new FileStream(target, FileMode.CreateNew))
            {
                WorkbookWriter.WriteXlsx(form.Workbook, output);
            }

            Show(file, target, form, isJson);
            return ExitCodes.Success;
        }
        catch (Exception e) when (e is XFormException or XlsxLimitException)
        {
            Terminal.Fail($"{file}: {e.Message}", "give an ODK XForm; workbooks are compiled by convert");
            return ExitCodes.FormHasErrors;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Terminal.Fail($"{file}: {e.Message}", $"check the path, and that {target} can be written and is not there already");
            return ExitCodes.FileTrouble;
        }
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
            Terminal.PrintJson(new
            {
                file,
                formId = form.FormId,
                written = (string[])[target],
                diagnostics = form.Diagnostics.Select(one => new
                {
                    code = one.Code,
                    severity = SeverityOf(one),
                    message = one.Message,
                    sheet = one.Cell?.Sheet,
                    row = one.Cell?.Row,
                    column = one.Cell?.Column,
                }),
            });
            return;
        }

        foreach (var one in form.Diagnostics)
        {
            Terminal.Tell($"{file}: {SeverityOf(one)}: {one.Message} [{one.Code}]");
        }
    }

    private static string SeverityOf(Diagnostic diagnostic) => diagnostic.Severity == Severity.Error ? "error" : "warning";
}
