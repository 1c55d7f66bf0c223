using Fieldkeep.Journal;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Tells the operator what ails the intake journal, each thing once: file names and kinds, nothing of what lies in it.</summary>
internal sealed partial class WatchIntake(OpenedIntake opened, ILogger<WatchIntake> log)
{
    private readonly HashSet<JournalDamage> _told = [];
    private JournalTrouble? _trouble;
    private int _setAside;

    /// <summary>Looks at it.</summary>
    public void Look()
    {
        if (opened.Journal?.State is not { } state)
        {
            return;
        }

        foreach (var damage in state.Damage.Where(_told.Add))
        {
            LogDamage(log, damage.File, damage.Offset, damage.Kind);
        }

        if (state.Trouble?.Reason != _trouble)
        {
            _trouble = state.Trouble?.Reason;
            if (state.Trouble is { } trouble)
            {
                LogTrouble(log, trouble.Message);
            }
            else
            {
                LogWell(log);
            }
        }

        if (state.Quarantined != _setAside)
        {
            if (state.Quarantined > 0)
            {
                LogSetAside(log, state.Quarantined);
            }

            _setAside = state.Quarantined;
        }
    }

    [LoggerMessage(1, LogLevel.Critical, "the intake journal is damaged: {File} at {Offset} ({Kind}). What can be read of it is stored; the file stays until you remove it")]
    private static partial void LogDamage(ILogger log, string file, long offset, DamageKind kind);

    [LoggerMessage(2, LogLevel.Error, "the intake journal has trouble: {Problem}")]
    private static partial void LogTrouble(ILogger log, string problem);

    [LoggerMessage(3, LogLevel.Information, "the intake journal writes again")]
    private static partial void LogWell(ILogger log);

    [LoggerMessage(4, LogLevel.Error, "{Count} submissions lie in the quarantine of the intake journal: “fieldkeep journal” lists them and gives them back")]
    private static partial void LogSetAside(ILogger log, int count);
}
