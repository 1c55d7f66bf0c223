using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Fieldkeep.Cli;

/// <summary>Writes the usual help of a command, then its exit codes.</summary>
internal sealed class HelpWithExitCodes(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly ConditionalWeakTable<Command, int[]> Codes = [];

    /// <summary>Says which exit codes beside the usual three a command may end with.</summary>
    public static void Note(Command command, params int[] codes) => Codes.AddOrUpdate(command, codes);

    /// <summary>Puts this help in the place of the root's own.</summary>
    public static void Apply(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction usual)
            {
                option.Action = new HelpWithExitCodes(usual);
            }
        }
    }

    /// <summary>Who asks for help need not have given all that is required.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc />
    public override int Invoke(ParseResult parseResult)
    {
        var result = usual.Invoke(parseResult);
        if (Codes.TryGetValue(parseResult.CommandResult.Command, out var codes))
        {
            parseResult.InvocationConfiguration.Output.WriteLine(ExitCodes.Describe(codes));
        }

        return result;
    }
}
