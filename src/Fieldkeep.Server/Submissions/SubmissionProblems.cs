using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions;

/// <summary>What can be wrong with a submission. Messages name files and ids, never answers.</summary>
internal static class SubmissionProblems
{
    /// <summary>The code of <see cref="NotFound"/>.</summary>
    public const string NotFoundCode = "submission.not_found";

    public static ProblemException NotFound(string instanceId) => new(
        NotFoundCode, 404, $"There is no submission “{Shorten(instanceId)}” of this form.")
    { CentralCode = 404.1m };

    /// <summary>The code of <see cref="OtherContent"/>.</summary>
    public const string OtherContentCode = "submission.other_content";

    public static ProblemException Confidential() => new(
        "submission.confidential",
        403,
        "The answers or files asked for are confidential. Ask a manager of the form for the right to read or to replace them; an edit that sends their marks back keeps them.")
    { CentralCode = 403.1m };

    public static ProblemException NoInstance() => new(
        "submission.no_instance",
        400,
        "The request has no part named xml_submission_file. Send the filled form as that part of multipart/form-data.")
    { CentralCode = 400.2m };

    public static ProblemException TwoInstances() => new(
        "submission.two_instances", 400, "The request has more than one part named xml_submission_file. Send one submission a request.");

    public static ProblemException Unreadable(InstanceException problem) => new(
        "submission.unreadable", 400, problem.Message)
    { CentralCode = problem.Fault == InstanceFault.MissingInstanceId ? 400.2m : 400.1m };

    public static ProblemException OtherContent(string instanceId) => new(
        OtherContentCode,
        409,
        $"A submission with the id “{Shorten(instanceId)}” was received before with other answers. Both are kept where they are: nothing was changed. Send an edit with deprecatedID, or give this one an id of its own.")
    { CentralCode = 409.1m };

    public static ProblemException OtherFile(string name) => new(
        "submission.other_file",
        409,
        $"The file “{Shorten(name)}” of this submission was received before with other content. Nothing was changed.")
    { CentralCode = 409.1m };

    public static ProblemException FileNotNamed(string name) => new(
        "submission.file_not_named",
        400,
        $"The submission does not name a file “{Shorten(name)}”, so the server would not know what it answers. Nothing was stored.")
    { CentralCode = 400.8m };

    public static ProblemException BadFileName() => new(
        "submission.bad_file_name",
        400,
        "A file's name has a slash, a backslash, a control character or more than 255 characters. Rename it and send again.")
    { CentralCode = 400.8m };

    public static ProblemException FileTwice(string name) => new(
        "submission.file_twice", 400, $"The request has the file “{Shorten(name)}” twice, with different content.");

    public static ProblemException TooLarge(string what, long maxBytes) => new(
        "submission.too_large",
        413,
        $"{what} is larger than {maxBytes / (1024 * 1024)} MiB, the most this server takes. Nothing was stored.");

    public static ProblemException TooManyParts(int maxParts) => new(
        "submission.too_many_parts", 413, $"The request has more than {maxParts} parts. Send the files over several requests.");

    public static ProblemException NoSuchFile(string name) => new(
        "submission.no_such_file", 404, $"The submission has no file “{Shorten(name)}”.")
    { CentralCode = 404.1m };

    public static ProblemException Outdated(string deprecatedId) => new(
        "submission.outdated",
        409,
        $"The edit is based on “{Shorten(deprecatedId)}”, which is not the submission's current version. Get the current one and edit that.")
    { CentralCode = 409.9m };

    public static ProblemException TryAgain() => new(
        "submission.try_again",
        503,
        "What is confidential in this form is being changed for the submission at this moment. Nothing was stored; send the edit again in a few seconds.")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    public static ProblemException NoDeprecatedId() => new(
        "submission.no_deprecated_id",
        400,
        "An edit names in meta/deprecatedID the instanceID of the version it changes. Add it and send again.")
    { CentralCode = 400.19m };

    public static ProblemException InstanceIdTaken(string instanceId) => new(
        "submission.instance_id_taken",
        409,
        $"The instanceID “{Shorten(instanceId)}” belongs to another version or submission. Give the edit an instanceID of its own.")
    { CentralCode = 409.8m };

    public static ProblemException IsCurrent(string versionId) => new(
        "submission.is_current",
        409,
        $"The version “{Shorten(versionId)}” is the current one already. Nothing was changed.");

    public static ProblemException CannotRevertEncrypted() => new(
        "submission.cannot_revert_encrypted",
        409,
        "The phone encrypted this version, and only whoever has the form's private key can open it. Nothing was changed; have the phone send it again.");

    public static ProblemException Exists(string instanceId) => new(
        "submission.exists",
        409,
        $"A submission with the instanceID “{Shorten(instanceId)}” is here already. Nothing was changed.")
    { CentralCode = 409.3m };

    public static ProblemException Deleted(string instanceId) => new(
        "submission.deleted",
        409,
        $"The submission “{Shorten(instanceId)}” was received before and lies in the trash. Nothing was changed; whoever may delete it can bring it back.")
    { CentralCode = 409.18m };

    public static ProblemException NotEncrypted(string xmlFormId) => new(
        "submission.not_encrypted",
        400,
        $"This version of the form “{Shorten(xmlFormId)}” asks for encrypted answers, and these are not. Send them encrypted, as ODK Collect does. Nothing was stored.")
    { CentralCode = 400.8m };

    public static ProblemException BadManifest() => new(
        "submission.bad_manifest",
        400,
        "The submission says that it is encrypted, but not with which key (base64EncryptedKey), or in which file its answers are (encryptedXmlFile). Nobody could open it. Nothing was stored.")
    { CentralCode = 400.2m };

    public static ProblemException OtherForm(string expected, string actual) => new(
        "submission.other_form",
        400,
        $"The submission is of the form “{Shorten(actual)}”, but it was sent to the form “{Shorten(expected)}”. Nothing was stored.")
    { CentralCode = 400.8m };

    public static ProblemException OutOfReach() => new(
        "submission.out_of_reach",
        403,
        "With these answers the submission would no longer be one that your role lets you change. Nothing was changed; ask whoever gave you the role.")
    { CentralCode = 403.1m };

    public static ProblemException SomeNotPermitted(int count) => new(
        "submission.some_not_permitted",
        403,
        $"{count} of the submissions are not there, or your role does not let you change them. Nothing was changed; ask with partial=true to change the others.")
    {
        Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["count"] = count },
    };

    public static ProblemException BadBulk(int most) => new(
        "submission.bad_bulk", 400, $"“instanceIds” must name 1 to {most} submissions.");

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
