namespace Fieldkeep.Server.Exports.Archive;

/// <summary>What stands in an archive for whoever opens it without Fieldkeep: docs/formats/organisation-archive.md.</summary>
internal static class ArchiveWords
{
    /// <summary>The only format so far.</summary>
    public const string Format = "fieldkeep-archive-1";

    /// <summary>README.txt.</summary>
    public const string Readme = """
        All data of an organisation, branch or team.

        Nothing but an unzip program, a spreadsheet and a text editor is needed. Texts are UTF-8, instants are UTC.

        archive.json                                    what this is, of whom, when, and its format
        people.json                                     who belonged to it, with their roles
        projects/<number>/project.json                  a project: name, description, unit
        projects/<number>/roles.json                    who held which role there
        projects/<number>/app-users.json                its phones, without their codes
        projects/<number>/activity.json                 who did what, newest first; one JSON object on each line
        projects/<number>/forms/<form>/form.json        a form and its versions
        projects/<number>/forms/<form>/versions/        each version as XForm (.xml), as workbook (.xlsx) where there is one, and its files
        projects/<number>/forms/<form>/submissions.zip  the newest answers as tables: CSV, one for the form and one for each repeat
        projects/<number>/forms/<form>/submissions/<id>/
            submission.json                             who sent it and when, its review, versions, files, comments and history
            <version>.xml                               each version as it was received
            files/<version>/<name>                      its files; those that did not change stand with the version they came with
        left-out.txt                                    what whoever made the archive may not see, if anything
        damaged.txt                                     what could not be opened, if anything
        SHA256SUMS                                      checksums of all other files: sha256sum -c SHA256SUMS

        <form> and names of files are as people gave them, without what some computers refuse; where two would be alike, one has a number. <id> is the number
        that the server gave a submission; what its sender calls it stands in submission.json (instanceId).

        Answers that are confidential, or that phones encrypted, stand here as whoever made the archive may see them: marked, or encrypted.
        Passwords, secrets and keys are not here.

        """;
}
