namespace Fieldkeep.Server.Tests.Support;

/// <summary>Values that tests need and do not care about.</summary>
public static class Some
{
    private static int _count;

    /// <summary>A password that passes every check.</summary>
    public const string Password = "correct-plum-battery-ladder-42";

    /// <summary>Another such password.</summary>
    public const string OtherPassword = "seven-quiet-otters-paint-the-barn";

    /// <summary>An address that nobody else in this run has.</summary>
    public static string Email(string who = "person") => $"{who}{Interlocked.Increment(ref _count)}@example.org";

    /// <summary>A name that nothing else in this run has.</summary>
    public static string Name(string what = "thing") => $"{what} {Interlocked.Increment(ref _count)}";
}
