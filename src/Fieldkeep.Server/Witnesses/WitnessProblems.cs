using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Witnesses;

/// <summary>The refusals of the Witnesses room.</summary>
internal static class WitnessProblems
{
    /// <summary>There is none.</summary>
    public static ProblemException NotFound() => new("witness.not_found", 404, "There is no such witness; it may have been taken off the list.");

    /// <summary>No kind or pace that there is.</summary>
    public static ProblemException Invalid(string? kind, string? every) => new(
        "witness.invalid", 422, $"A witness of kind “{kind}” every “{every}” is none: “mail” goes every “day” or “week”, “webhook” every “hour”, “day” or “week”.");

    /// <summary>An address that no request is sent to.</summary>
    public static ProblemException AddressUnsafe() => new(
        "witness.address_unsafe",
        422,
        HookAddress.WhatIsWanted);

    /// <summary>It is on the list already.</summary>
    public static ProblemException Exists() => new("witness.exists", 409, "Checkpoints go to this address already. Take it off the list first to change how often.");

    /// <summary>The list is full.</summary>
    public static ProblemException TooMany(int most) => new("witness.too_many", 409, $"Checkpoints go to at most {most} addresses. Take one off the list first.");

    /// <summary>Nothing can be sent yet.</summary>
    public static ProblemException NothingSigned() => new("witness.nothing_signed", 409, "There is no signed checkpoint yet. Wait a few seconds and try again.");
}
