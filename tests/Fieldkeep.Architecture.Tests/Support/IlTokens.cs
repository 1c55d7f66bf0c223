using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;

namespace Fieldkeep.Architecture.Tests.Support;

/// <summary>Reads the metadata tokens out of a method's IL (ECMA-335, partition III).</summary>
internal static class IlTokens
{
    private const int TwoByteCode = 0xFE;

    private static readonly FrozenDictionary<int, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => field.GetValue(null))
        .OfType<OpCode>()
        .ToFrozenDictionary(code => code.Value & 0xFFFF, code => code.OperandType);

    /// <summary>The tokens of types, methods, fields and strings, in order.</summary>
    public static IEnumerable<int> In(BlobReader il) => StepsIn(il).Select(step => step.Token);

    /// <summary>The same, each with its operation.</summary>
    public static IReadOnlyList<(int Operation, int Token)> StepsIn(BlobReader il)
    {
        var tokens = new List<(int Operation, int Token)>();
        while (il.RemainingBytes > 0)
        {
            int first = il.ReadByte();
            var operation = first == TwoByteCode ? (TwoByteCode << 8) | il.ReadByte() : first;
            var operand = Operands[operation];
            switch (operand)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType or OperandType.InlineString:
                    tokens.Add((operation, il.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    // In a statement of its own: += takes the offset before its right side reads the count.
                    var targets = il.ReadInt32();
                    il.Offset += 4 * targets;
                    break;
                default:
                    il.Offset += SizeOf(operand);
                    break;
            }
        }

        return tokens;
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
