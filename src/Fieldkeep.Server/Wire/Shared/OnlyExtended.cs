using System.Text.Json.Serialization.Metadata;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Something Central shows in two ways: plain, and with more members for <c>X-Extended-Metadata: true</c>.</summary>
internal interface IExtendable
{
    /// <summary>Whether the further members are shown, those without a value too.</summary>
    bool IsExtended { get; }
}

/// <summary>Marks a member that is shown only where more was asked for (<see cref="IExtendable"/>).</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OnlyExtendedAttribute : Attribute;

/// <summary>Leaves members out of what is shown plainly.</summary>
internal static class OnlyExtended
{
    /// <summary>Teaches the writer of a type to leave marked members out.</summary>
    public static void Leave(JsonTypeInfo type)
    {
        if (!typeof(IExtendable).IsAssignableFrom(type.Type))
        {
            return;
        }

        foreach (var member in type.Properties.Where(member =>
            member.AttributeProvider?.IsDefined(typeof(OnlyExtendedAttribute), inherit: true) == true))
        {
            member.ShouldSerialize = static (shown, _) => ((IExtendable)shown).IsExtended;
        }
    }
}
