using Fieldkeep.Server.Access;
using Fieldkeep.Server.Tests.Support;

namespace Fieldkeep.Server.Tests.Access;

/// <summary>Says how every address must answer every subject: what docs/security/roles.md allows, and 404 before 403.</summary>
internal static class MatrixExpectations
{
    // An invitation says which unit it is to; who may end it depends on that, as InvitationTests show.
    private const string OneInvitation = "/api/invitations/{id}";

    // Who may not see an account is told that there is none.
    private static readonly HashSet<string> OneAccount = new(StringComparer.Ordinal)
    {
        "/v1/users/{id}", "/api/accounts/{id}/access-log", "/api/accounts/{id}/unlock",
    };

    // A project's name and forms, for who may see only some of them, and the door for what phones send.
    private static readonly HashSet<string> OfSomeForms = new(StringComparer.Ordinal)
    {
        "/api/projects/{projectId}", "/api/projects/{projectId}/forms", "/v1/projects/{projectId}/forms", "/v1/projects/{projectId}/formList", "/v1/projects/{projectId}/submission",
    };

    // Below a form, and about the project nonetheless.
    private static readonly HashSet<string> OfWholeProject = new(StringComparer.Ordinal) { "clearSubmissionVersionFile" };

    // An edit is not sent by approvers and managers, and corrected by them.
    private static readonly HashSet<string> Edits = new(StringComparer.Ordinal) { "editSubmission" };

    // It ends what all others of the role are asked about.
    private static readonly HashSet<string> EndsDeployment = new(StringComparer.Ordinal) { "deleteDeployment" };

    private static readonly HashSet<string> Whoami = new(StringComparer.Ordinal) { "/v1/sessions/current", "/v1/users/current" };

    /// <summary>Tells whether an address is about one account, which who may not see it is told does not exist.</summary>
    public static bool IsOfOneAccount(Operation operation) => OneAccount.Contains(operation.Path);

    /// <summary>Gives the places where an address is asked.</summary>
    public static IReadOnlyList<MatrixPlace> PlacesOf(Operation operation, MatrixSubject subject)
    {
        if (!operation.Path.Contains("{projectId}", StringComparison.Ordinal))
        {
            return subject.IsFormer ? [] : [MatrixPlace.Own];
        }

        // To who holds nothing in any of them, one project is as the other.
        return subject switch
        {
            { IsFormer: true } or { Reach: MatrixReach.Nobody } => [MatrixPlace.Own],
            { Reach: MatrixReach.Project or MatrixReach.Home, Within: null } or { Role: RolePermissions.DeploymentAdmin } => Enum.GetValues<MatrixPlace>(),
            { Within: not null } => [MatrixPlace.Own, MatrixPlace.Other],
            _ => [MatrixPlace.Own, MatrixPlace.Trashed],
        };
    }

    /// <summary>Says how an address must answer; null when it is not asked so.</summary>
    public static MatrixOutcome? Expect(Operation operation, MatrixSubject subject, MatrixPlace place)
    {
        // A secret in the address decides there: other tests guess at those.
        if (operation.Path.Contains("{token}", StringComparison.Ordinal) || operation.Path == OneInvitation || IsAboutSigningIn(operation))
        {
            return null;
        }

        if (subject.Reach == MatrixReach.Nobody)
        {
            // ODK Central tells nobody who is signed in with 404.
            return Whoami.Contains(operation.Path) ? MatrixOutcome.Hidden
                : operation.Callers.Contains("anonymous") ? MatrixOutcome.Passes : MatrixOutcome.SignIn;
        }

        // Whoever brings a token, as all of them do here, is refused.
        if (operation.Id == "disownAccess")
        {
            return MatrixOutcome.Denied;
        }

        if (!operation.Callers.Contains("session"))
        {
            return null;
        }

        return operation.Path.Contains("{projectId}", StringComparison.Ordinal)
            ? ExpectInProject(operation, subject, place)
            : ExpectOnServer(operation, subject);
    }

    private static MatrixOutcome? ExpectInProject(Operation operation, MatrixSubject subject, MatrixPlace place)
    {
        if (subject.Reach == MatrixReach.Deployment && place == MatrixPlace.Own)
        {
            return ExpectInDeployment(operation, subject);
        }

        if (subject.Within is { } within && place == MatrixPlace.Own)
        {
            return operation.Actions.All(within.Contains) && (operation.Actions.Count > 0 || operation.IsSafe) ? MatrixOutcome.Passes : MatrixOutcome.Denied;
        }

        if (subject.Within is not null)
        {
            return MatrixOutcome.Refused;
        }

        var isHere = subject.Reach == MatrixReach.Home || (subject.Reach == MatrixReach.Project && place != MatrixPlace.Other);
        if (!isHere || place == MatrixPlace.Trashed)
        {
            return MatrixOutcome.Hidden;
        }

        return operation.Actions.All(action => RoleTable.Allows(subject.Role, action)) ? MatrixOutcome.Passes : MatrixOutcome.Denied;
    }

    // What is about the form they may do as far as their role allows it; of the project they see nothing else.
    private static MatrixOutcome? ExpectInDeployment(Operation operation, MatrixSubject subject)
    {
        if (EndsDeployment.Contains(operation.Id) && RoleTable.Allows(subject.Role, operation.Actions[0]))
        {
            return null;
        }

        var isOfForm = OfSomeForms.Contains(operation.Path)
            || (operation.Path.Contains("{formId}", StringComparison.Ordinal) && !OfWholeProject.Contains(operation.Id));
        return isOfForm && (operation.Actions.All(action => RoleTable.Allows(subject.Role, action))
            || (Edits.Contains(operation.Id) && RoleTable.Allows(subject.Role, "submission.update")))
            ? MatrixOutcome.Passes
            : MatrixOutcome.Refused;
    }

    // Without a project an address asks about the home organisation or the server, neither of which is a secret.
    private static MatrixOutcome? ExpectOnServer(Operation operation, MatrixSubject subject)
    {
        if (subject.Within is not null)
        {
            // What lists who may read what anywhere gives a token what it reaches.
            var isOpen = operation.Actions.Count == 0
                ? operation.IsSafe || (operation.Callers.Contains("anonymous") && operation.Id != "acceptInvitation")
                : operation.Actions.Any(action => action is "audit.read" || action.StartsWith("submission.", StringComparison.Ordinal));
            return isOpen ? null : MatrixOutcome.Refused;
        }

        if (OneAccount.Contains(operation.Path))
        {
            return subject.Reach == MatrixReach.Installation ? MatrixOutcome.Passes : MatrixOutcome.Hidden;
        }

        if (operation.Actions.Count == 0)
        {
            return MatrixOutcome.Passes;
        }

        // What such an address is about says whose it is, not where it lies.
        if (operation.Actions.Any(action => action.StartsWith("submission.", StringComparison.Ordinal)))
        {
            return null;
        }

        var isEnough = operation.Actions.All(action => RoleTable.Allows(subject.Role, action)) && action(operation) switch
        {
            // Who may read the book anywhere gets what they may read.
            "audit.read" => true,
            "project.create" or "project.assign" or "unit.read" or "unit.update" or "member.list" or "member.update" => subject.Reach == MatrixReach.Home,
            _ => subject.Reach == MatrixReach.Installation,
        };
        return isEnough ? MatrixOutcome.Passes : MatrixOutcome.Denied;

        static string action(Operation operation) => operation.Actions[0];
    }

    // Signing in and out is everyone's; how phones announce a submission tells nothing but a size.
    private static bool IsAboutSigningIn(Operation operation) =>
        operation.Method == "HEAD" || operation.Path is "/api/session" or "/api/setup" or "/v1/sessions" or "/v1/sessions/restore";
}
