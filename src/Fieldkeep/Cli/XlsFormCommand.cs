using System.CommandLine;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep xlsform convert|check|export</c>: the form compiler alone, without server, database or network.</summary>
internal static class XlsFormCommand
{
    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "XLSForms: .xlsx, .xls, .csv or Markdown",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Out = new("--out")
    {
        Description = "Write FILE.xml, and FILE.itemsets.csv where there is one, into this folder. Without it the XML goes to stdout",
        HelpName = "DIR",
    };

    /// <summary>The command with its sub-commands.</summary>
    public static Command Create() => new("xlsform", "Work with XLSForms on this machine.") { CreateConvert(), CreateCheck(), XlsFormExport.Create() };

    private static Command CreateConvert()
    {
        var command = new Command(
            "convert", "Compile XLSForms to XForms. Goes on to the next file when one has errors. With --json prints one line of JSON per file.")
        {
            Files, Out, Settings.Json,
        };
        HelpWithExitCodes.Note(command, ExitCodes.FormHasErrors, ExitCodes.FileTrouble);
        command.SetAction(parsed => RunAll(parsed, isCheck: false));
        return command;
    }

    private static Command CreateCheck()
    {
        var command = new Command("check", "Say what is wrong with XLSForms, and write nothing. With --json prints one line of JSON per file.")
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
        RequireOwnNames(files, folder);
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
        }

        // Every file is tried; the code tells the worst that happened.
        return files.Select(file => RunOne(file, folder, isCheck, parsed.GetValue(Settings.Json))).Aggregate(Math.Max);
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
                written = Write(form, folder, Path.GetFileNameWithoutExtension(file));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Terminal.Fail($"{file}: {e.Message}", "check the path, and that this user may read the file and write the folder");
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
        using var content = File.OpenRead(file);
        return XlsFormCompiler.Compile(content, Path.GetFileName(file), new CompileOptions());
    }

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
            Terminal.Tell($"{file}: {WordOf(one.Severity)}: {PlaceOf(one.Cell)}{one.Message} [{one.Code}]");
        }

        if (isPrinted && form.XForm is not null)
        {
            Terminal.Print(form.XForm);
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
        succeeded = form.Succeeded,
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
        var twice = files.GroupBy(Path.GetFileNameWithoutExtension, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
        if (folder is not null && twice is not null)
        {
            throw new CommandException(
                ExitCodes.Usage, $"{string.Join(" and ", twice)} would both be written to {twice.Key}.xml", "convert them into different folders");
        }
    }
}
