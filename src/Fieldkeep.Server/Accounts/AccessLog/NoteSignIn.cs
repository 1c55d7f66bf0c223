using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>Notes a session that was just begun, and whether the browser is one that signed in before.</summary>
internal sealed class NoteSignIn(AccessBook book)
{
    /// <summary>Takes the note; nothing is waited for.</summary>
    /// <param name="way">What was shown, such as <c>password</c>.</param>
    public void Take(Actor caller, NewSession begun, string way)
    {
        var session = begun.Session;
        var subject = $"session {session.Id}";
        book.Note(new AccessEvent(AccessKinds.SignIn, true, caller) { Account = session.Account, Way = way, Subject = subject });
        if (begun.IsNewDevice)
        {
            book.Note(new AccessEvent(AccessKinds.NewDevice, true, caller) { Account = session.Account, Way = way, Subject = subject });
        }
    }
}
