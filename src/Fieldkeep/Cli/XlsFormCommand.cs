using System.CommandLine;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep xlsform convert|check|export|privacy</c>: the form compiler alone, without server, database or network.</summary>
internal static class XlsFormCommand
{
    private const string Stdin = "-";

    private const string JsonShape =
        "With --json prints one line per file: file, ok, formId, written, and diagnostics, each with code, severity (error, warning or advice), message, sheet, "
        + "row, column, address, value and suggestion, null where there is none; convert without --out adds xform and itemsetsCsv.";

    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "XLSForms: .xlsx, .xls, .csv or Markdown; - reads one from stdin, called “form”",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Out = new("--out")
    {
        Description = "Write FILE.xml, and FILE.itemsets.csv where there is one, into this folder; files of these names that are there already are replaced. Without it the XML goes to stdout",
        HelpName = "DIR",
    };

    /// <summary>The command with its sub-commands.</summary>
    public static Command Create() => new("xlsform", "Work with XLSForms on this machine.") { CreateConvert(), CreateCheck(), XlsFormExport.Create(), XlsFormPrivacy.Create() };

    private static Command CreateConvert()
    {
        var command = new Command(
            "convert", "Compile XLSForms to XForms. Goes on to the next file when one has errors; several files need --out or --json. " + JsonShape)
        {
            Files, Out, Settings.Json,
        };
        HelpWithExitCodes.Note(command, ExitCodes.FormHasErrors, ExitCodes.FileTrouble);
        command.SetAction(parsed => RunAll(parsed, isCheck: false));
        return command;
    }

    private static Command CreateCheck()
    {
        var command = new Command("check", "Say what is wrong with XLSForms, and write nothing. " + JsonShape)
        {
            Files, Settings.Json,
        };
        HelpWithExitCodes.Note(command, ExitCodes.FormHasErrors, ExitCodes.FileTrouble);
        command.SetAction(parsed => RunAll(parsed, isCheck: true));
        return command;
    }

    private static int RunAll(ParseResult parsed, bool isCheck)
    {
        var folder = isCheck ? null : parsed.GetValue(Out);
        var files = parsed.GetRequiredValue(Files);
        var isJson = parsed.GetValue(Settings.Json);
        RequireOwnNames(files, folder);
        if (!isCheck && !isJson && folder is null && files.Length > 1)
        {
            throw new CommandException(
                ExitCodes.Usage, $"{files.Length} forms cannot be printed one after the other", "write them with --out DIR, or print lines of JSON with --json");
        }

        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
        }

        // Every file is tried; the code tells the worst that happened.
        return files.Select(file => RunOne(file, folder, isCheck, isJson)).Aggregate(Math.Max);
    }

    private static int RunOne(string file, string? folder, bool isCheck, bool isJson)
    {
        CompiledForm form;
        string[] written = [];
        try
        {
            form = Compile(file);
            if (form.XForm is not null && folder is not null)
            {
                written = Write(form, folder, NameOf(file));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var message = Directory.Exists(file) ? "it is a folder; name the files in it" : e.Message;
            Terminal.Fail($"{file}: {message}", "check the path, and that this user may read the file and write the folder");
            if (isJson)
            {
                // A reader of the lines finds one for every file.
                PrintJson(file, new CompiledForm { Diagnostics = [new Diagnostic(DiagnosticCode.FileUnread, Severity.Error, message)] }, [], withXForm: false);
            }

            return ExitCodes.FileTrouble;
        }

        if (isJson)
        {
            PrintJson(file, form, written, withXForm: !isCheck && folder is null);
        }
        else
        {
            Show(file, form, isPrinted: !isCheck && folder is null);
        }

        return form.Succeeded ? ExitCodes.Success : ExitCodes.FormHasErrors;
    }

    private static CompiledForm Compile(string file)
    {
        using var content = file == Stdin ? Console.OpenStandardInput() : File.OpenRead(file);
        return XlsFormCompiler.Compile(content, file == Stdin ? null : Path.GetFileName(file), new CompileOptions(FallbackFormId: NameOf(file)));
    }

    private static string NameOf(string file) => file == Stdin ? "form" : Path.GetFileNameWithoutExtension(file);

    private static string[] Write(CompiledForm form, string folder, string name)
    {
        var xml = Path.Combine(folder, name + ".xml");
        File.WriteAllText(xml, form.XForm);
        if (form.ItemsetsCsv is null)
        {
            return [xml];
        }

        var itemsets = Path.Combine(folder, name + ".itemsets.csv");
        File.WriteAllText(itemsets, form.ItemsetsCsv);
        return [xml, itemsets];
    }

    private static void Show(string file, CompiledForm form, bool isPrinted)
    {
        foreach (var one in form.Diagnostics)
        {
            var meant = one.Suggestion is { } suggestion && !one.Message.Contains(suggestion, StringComparison.Ordinal) ? $" Meant, perhaps: {suggestion}" : "";
            Terminal.Tell($"{file}: {WordOf(one.Severity)}: {PlaceOf(one.Cell)}{one.Message}{meant} [{one.Code}]");
        }

        if (isPrinted && form.XForm is not null)
        {
            Terminal.Print(form.XForm);
            if (form.ItemsetsCsv is not null)
            {
                Terminal.Tell($"{file}: the form also needs its itemsets.csv; --out writes both");
            }
        }
    }

    private static string WordOf(Severity severity) => severity switch
    {
        Severity.Error => "error",
        Severity.Warning => "warning",
        _ => "advice",
    };

    private static string PlaceOf(SourceCell? cell) => cell switch
    {
        null => "",
        { Address: { } address } => $"{cell.Sheet}!{address}: ",
        { Row: { } row, Column: { } column } => $"{cell.Sheet}, row {row}, {column}: ",
        { Row: { } row } => $"{cell.Sheet}, row {row}: ",
        { Column: { } column } => $"{cell.Sheet}, {column}: ",
        _ => $"{cell.Sheet}: ",
    };

    private static void PrintJson(string file, CompiledForm form, string[] written, bool withXForm) => Terminal.PrintJson(new
    {
        file,
        ok = form.Succeeded,
        formId = form.FormId,
        written,
        xform = withXForm ? form.XForm : null,
        itemsetsCsv = withXForm ? form.ItemsetsCsv : null,
        diagnostics = form.Diagnostics.Select(one => new
        {
            code = one.Code,
            severity = WordOf(one.Severity),
            message = one.Message,
            sheet = one.Cell?.Sheet,
            row = one.Cell?.Row,
            column = one.Cell?.Column,
            address = one.Cell?.Address,
            value = one.Cell?.Value,
            suggestion = one.Suggestion,
        }),
    });

    private static void RequireOwnNames(string[] files, string? folder)
    {
        if (files.Count(file => file == Stdin) > 1)
        {
            throw new CommandException(ExitCodes.Usage, "- is given twice, and stdin holds one form", "name the other files");
        }

        // Some folders take A.xml and a.xml for one file.
        var twice = files.GroupBy(NameOf, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1);
        if (folder is not null && twice is not null)
        {
            throw new CommandException(
                ExitCodes.Usage, $"{string.Join(" and ", twice)} would both be written to {twice.Key}.xml", "convert them into different folders");
        }
    }
}
