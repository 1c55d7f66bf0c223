namespace Fieldkeep.Server.Tests.Support;

/// <summary>How much of what is tried at random: some on every run, all with <c>script/test --thorough</c>.</summary>
internal static class Thorough
{
    private static readonly bool IsAsked = Environment.GetEnvironmentVariable("FIELDKEEP_THOROUGH") == "1";

    /// <summary>The number to try: <paramref name="quick"/> on every run.</summary>
    public static int Or(int quick, int thorough) => IsAsked ? thorough : quick;
}
