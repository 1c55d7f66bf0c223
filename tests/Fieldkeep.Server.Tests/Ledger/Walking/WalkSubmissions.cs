using Fieldkeep.Server.Tests.Support;

namespace Fieldkeep.Server.Tests.Ledger.Walking;

/// <summary>Walks through what is done to projects, forms and submissions.</summary>
internal static class WalkSubmissions
{
    private static readonly string[] NamePath = ["/name"];

    private const string Form = Village.FormId;

    /// <summary>Does all of it.</summary>
    public static async Task RunAsync(Walk walk, Browser admin, long home)
    {
        var project = Walk.Number(await walk.DoAsync(admin, "createProject", "POST", "/api/projects", new { name = Some.Name("walk") }), "id");
        var central = Walk.Number(await walk.DoAsync(admin, "createProject", "POST", "/v1/projects", new { name = Some.Name("walk") }), "id");
        await walk.DoAsync(admin, "updateProject", "PATCH", $"/api/projects/{project}", new { name = "Walk" });
        var renamed = Deployed.Items(await admin.GetAsync($"/api/projects/{project}/changes?action=project.update"))[0];
        await walk.DoAsync(admin, "revertProjectChange", "POST", $"/api/projects/{project}/changes/{renamed["id"]}/revert", new { });
        await walk.DoAsync(admin, "updateProject", "PATCH", $"/v1/projects/{project}", new { description = "By foot" });
        await walk.PartAsync("FormsAsync", () => FormsAsync(walk, admin, project));
        await walk.DoAsync(admin, "replaceProject", "PUT", $"/v1/projects/{central}", new { name = "Walk on" });
        await walk.PartAsync("PhonesAsync", () => PhonesAsync(walk, admin, project));
        await walk.PartAsync("SubmissionsAsync", () => SubmissionsAsync(walk, admin, project));
        await walk.PartAsync("KeepingAsync", () => KeepingAsync(walk, admin, project));
        await walk.PartAsync("WalkWork.RunAsync", () => WalkWork.RunAsync(walk, admin, project));
        await walk.DoAsync(admin, "setProjectKey", "POST", $"/v1/projects/{central}/key", new { passphrase = "seven wet goats on the ferry" });
        await walk.DoAsync(admin, "setPreference", "PUT", "/v1/user-preferences/site/order", new { propertyValue = "a" });
        await walk.DoAsync(admin, "removePreference", "DELETE", "/v1/user-preferences/site/order");
        await walk.DoAsync(admin, "setPreferenceOfProject", "PUT", $"/v1/user-preferences/project/{project}/order", new { propertyValue = "a" });
        await walk.DoAsync(admin, "removePreferenceOfProject", "DELETE", $"/v1/user-preferences/project/{project}/order");
        await walk.DoAsync(admin, "setConfig", "POST", "/v1/config/login-appearance", new { value = new { title = "Walk", description = "By foot" } });
        var set = Deployed.Items(await admin.GetAsync("/api/changes?action=setting.set"))[0];
        await walk.DoAsync(admin, "revertServerChange", "POST", $"/api/changes/{set["id"]}/revert", new { });
        await walk.DoAsync(admin, "unsetConfig", "DELETE", "/v1/config/login-appearance");
        var unit = await admin.UnitAsync(home);
        await walk.DoAsync(admin, "transferProject", "POST", $"/api/projects/{central}/transfer", new { unit });
        await walk.DoAsync(admin, "deleteProject", "DELETE", $"/v1/projects/{central}");
        await walk.DoAsync(admin, "deleteProject", "DELETE", $"/api/projects/{project}");
    }

    /// <summary>Does what goes on in the background for a while; comes last.</summary>
    public static async Task EndAsync(Walk walk, Browser admin)
    {
        var project = await admin.ProjectAsync("Ended");
        await walk.DoAsync(admin, "rotateProjectKey", "POST", $"/api/projects/{project}/keys/rotation");
        await walk.DoAsync(admin, "rotateEpoch", "POST", "/api/keys/epoch");
        await walk.DoAsync(admin, "eraseProject", "POST", $"/api/projects/{project}/erasure", new { name = "Ended", reason = "Asked for" });
        await walk.DoAsync(admin, "setSecurity", "PUT", "/api/security", new { secondFactorForEveryone = true });
    }

    private static async Task FormsAsync(Walk walk, Browser admin, long project)
    {
        var (api, v1) = ($"/api/projects/{project}/forms", $"/v1/projects/{project}/forms");
        await walk.DoAsync(admin, "createForm", "POST", $"{v1}?publish=true", Walk.Text(Village.Form(), "application/xml"));
        await walk.DoAsync(admin, "uploadDraft", "POST", $"{api}/draft", Walk.Text(Village.Form("walked"), "application/xml"));
        await walk.DoAsync(admin, "publishDraft", "POST", $"{api}/walked/draft/publish", new { });
        await walk.DoAsync(admin, "uploadDraft", "POST", $"{v1}/walked/draft", Walk.Text(Village.Form("walked", "2"), "application/xml"));
        await walk.DoAsync(admin, "publishDraft", "POST", $"{v1}/walked/draft/publish");
        await walk.DoAsync(admin, "uploadDraft", "POST", $"{v1}/walked/draft", Walk.Text(Pictured("3"), "application/xml"));
        await walk.DoAsync(admin, "attachDraftFile", "PUT", $"{api}/walked/draft/attachments/well.jpg", Walk.Text("picture", "image/jpeg"));
        await walk.DoAsync(admin, "clearDraftFile", "DELETE", $"{api}/walked/draft/attachments/well.jpg");
        await walk.DoAsync(admin, "attachDraftFile", "POST", $"{v1}/walked/draft/attachments/well.jpg", Walk.Text("picture", "image/jpeg"));
        await walk.DoAsync(admin, "clearDraftFile", "DELETE", $"{v1}/walked/draft/attachments/well.jpg");
        await walk.DoAsync(admin, "decideFormPrivacy", "PUT", $"{api}/walked/privacy/decisions", new { about = "/data/name", because = "Needed" });
        await walk.DoAsync(admin, "withdrawFormPrivacyDecision", "DELETE", $"{api}/walked/privacy/decisions?about=/data/name");
        await walk.DoAsync(admin, "setConfidentialFlag", "PUT", $"{api}/walked/confidential/flags", new { path = "/data/name", kind = "marked", reason = "Names" });
        await walk.DoAsync(admin, "discardDraft", "DELETE", $"{api}/walked/draft");
        await walk.DoAsync(admin, "uploadDraft", "POST", $"{v1}/walked/draft", Walk.Text(Village.Form("walked", "4"), "application/xml"));
        await walk.DoAsync(admin, "discardDraft", "DELETE", $"{v1}/walked/draft");
        await walk.DoAsync(admin, "changeForm", "PATCH", $"{api}/walked", new { state = "closing" });
        await walk.DoAsync(admin, "changeForm", "PATCH", $"{v1}/walked", new { state = "closed" });
        await walk.DoAsync(admin, "deleteForm", "DELETE", $"{api}/walked");
        var trashed = await admin.GetAsync($"{v1}?deleted=true");
        await walk.DoAsync(admin, "restoreForm", "POST", $"{v1}/{trashed.AsArray()[0]?["id"]}/restore");
        await walk.DoAsync(admin, "deleteForm", "DELETE", $"{v1}/walked");
    }

    private static async Task KeepingAsync(Walk walk, Browser admin, long project)
    {
        var api = $"/api/projects/{project}";
        await walk.DoAsync(admin, "setTrashDays", "PUT", $"{api}/trash-days", new { trashDays = 10 });
        var rule = await walk.DoAsync(admin, "addRetentionRule", "POST", $"{api}/retention-rules", new { kind = "files", days = 400 });
        await walk.DoAsync(admin, "previewRetention", "POST", $"{api}/retention-rules/preview", new { rules = new[] { new { kind = "files", days = 400 } } });
        await walk.DoAsync(admin, "changeRetentionRule", "PUT", $"{api}/retention-rules/{Walk.Number(rule, "id")}", new { days = 300, version = 1 });
        await walk.DoAsync(admin, "endRetentionRule", "POST", $"{api}/retention-rules/{Walk.Number(rule, "id")}/end", new { version = 2 });
        var hold = Walk.Number(await walk.DoAsync(admin, "placeHold", "POST", $"{api}/holds", new { reason = "A court asked" }), "id");
        await walk.DoAsync(admin, "liftHold", "POST", $"{api}/holds/{hold}/lift", new { reason = "It is over" });
        var (trashed, erased) = (Village.NewId(), Village.NewId());
        foreach (var id in (string[])[trashed, erased])
        {
            await walk.DoAsync(admin, "sendSubmissionWithAccount", "POST", $"/v1/projects/{project}/submission", Walk.Multipart(Village.Instance(id)));
        }

        await walk.DoAsync(admin, "trashSubmission", "POST", $"{api}/forms/{Form}/submissions/{trashed}/trash", new { });
        await walk.DoAsync(
            admin, "purgeTrashedSubmissions", "POST", $"{api}/forms/{Form}/trash/purge", new { instanceIds = new[] { trashed }, confirm = 1, reason = "Not needed" });
        await walk.DoAsync(
            admin, "eraseSubmissions", "POST", $"{api}/forms/{Form}/erasure", new { instanceIds = new[] { erased }, questions = NamePath, confirm = 1, reason = "Asked for" });
        await walk.DoAsync(
            admin, "findPerson", "POST", $"{api}/person-search", new { text = "Arua", forms = new[] { new { formId = Form, paths = NamePath } } });
        var questions = new[] { new { path = "/water", method = "drop" } };
        var preview = await walk.DoAsync(admin, "previewPseudonymisation", "POST", $"{api}/forms/{Form}/pseudonymisation/preview", new { questions });
        await walk.DoAsync(
            admin, "pseudonymise", "POST", $"{api}/forms/{Form}/pseudonymisation", new { questions, confirm = Walk.Number(preview, "submissions") });
    }

    private static async Task PhonesAsync(Walk walk, Browser admin, long project)
    {
        foreach (var door in (string[])[$"/api/projects/{project}", $"/v1/projects/{project}"])
        {
            var phone = Walk.Number(await walk.DoAsync(admin, "createAppUser", "POST", $"{door}/app-users", new { displayName = "Phone" }), "id");
            await walk.DoAsync(admin, "revokeAppUser", "DELETE", $"{door}/app-users/{phone}");
            var link = Walk.Number(await walk.DoAsync(admin, "createPublicLink", "POST", $"{door}/forms/{Form}/public-links", new { displayName = "Poster" }), "id");
            await walk.DoAsync(admin, "revokePublicLink", "DELETE", $"{door}/forms/{Form}/public-links/{link}");
        }
    }

    private static async Task SubmissionsAsync(Walk walk, Browser admin, long project)
    {
        var (_, token) = await admin.AppUserAsync(project);
        var nobody = new Browser(walk.Server.CreateClient());
        var (api, v1) = ($"/api/projects/{project}/forms/{Form}", $"/v1/projects/{project}/forms/{Form}");
        await walk.DoAsync(nobody, "sendSubmissionWithToken", "POST", $"/v1/key/{token}/projects/{project}/submission", Walk.Multipart(Village.Instance(Village.NewId())));
        await walk.DoAsync(
            admin, "sendSubmissionWithAccount", "POST", $"/v1/projects/{project}/submission", Walk.Multipart(Village.Instance(Village.NewId())));
        var (first, second) = (Village.NewId(), Village.NewId());
        await walk.DoAsync(admin, "createSubmission", "POST", $"{v1}/submissions", Walk.Text(Village.Instance(first, photo: "well.jpg"), "application/xml"));
        await walk.DoAsync(admin, "attachSubmissionFile", "POST", $"{v1}/submissions/{first}/attachments/well.jpg", Walk.Text("picture", "image/jpeg"));
        await walk.DoAsync(admin, "clearSubmissionFile", "DELETE", $"{v1}/submissions/{first}/attachments/well.jpg");
        await walk.DoAsync(admin, "attachSubmissionFile", "POST", $"{v1}/submissions/{first}/attachments/well.jpg", Walk.Text("picture", "image/jpeg"));
        await walk.DoAsync(
            admin, "editSubmission", "PUT", $"{v1}/submissions/{first}", Walk.Text(Village.Instance(second, name: "Gulu", deprecatedId: first), "application/xml"));
        await walk.DoAsync(admin, "revertSubmission", "POST", $"{api}/submissions/{first}/revert", new { versionId = first, current = second });
        await walk.DoAsync(admin, "reviewSubmission", "PATCH", $"{v1}/submissions/{first}", new { reviewState = "hasIssues" });
        await walk.DoAsync(admin, "reviewSubmission", "PUT", $"{api}/submissions/{first}/review", new { reviewState = "approved" });
        await walk.DoAsync(admin, "reviewSubmissions", "PUT", $"{api}/reviews", new { instanceIds = new[] { first }, reviewState = "rejected" });
        await walk.DoAsync(admin, "addComment", "POST", $"{api}/submissions/{first}/comments", new { body = "Seen" });
        await walk.DoAsync(admin, "addComment", "POST", $"{v1}/submissions/{first}/comments", new { body = "Seen" });
        await walk.DoAsync(admin, "trashSubmission", "POST", $"{api}/submissions/{first}/trash", new { });
        await walk.DoAsync(admin, "restoreSubmission", "POST", $"{api}/submissions/{first}/restore", new { });
        await walk.DoAsync(admin, "deleteSubmission", "DELETE", $"{v1}/submissions/{first}");
        await walk.DoAsync(admin, "restoreSubmission", "POST", $"{v1}/submissions/{first}/restore");
        await LifecycleAsync(walk, admin, project, first);
        await DraftAsync(walk, admin, nobody, project);
    }

    private static async Task LifecycleAsync(Walk walk, Browser admin, long project, string instance)
    {
        var (api, reason) = ($"/api/projects/{project}", "Asked for by their owner");
        await walk.DoAsync(admin, "setTrashDays", "PUT", $"{api}/trash-days", new { trashDays = 40 });
        var hold = await walk.DoAsync(admin, "placeHold", "POST", $"{api}/holds", new { reason });
        await walk.DoAsync(admin, "liftHold", "POST", $"{api}/holds/{Walk.Word(hold, "id")}/lift", new { reason });
        await walk.DoAsync(admin, "trashSubmission", "POST", $"{api}/forms/{Form}/submissions/{instance}/trash", new { });
        await walk.DoAsync(admin, "purgeTrashedSubmissions", "POST", $"{api}/forms/{Form}/trash/purge", new { instanceIds = new[] { instance }, confirm = 1, reason });
    }

    private static async Task DraftAsync(Walk walk, Browser admin, Browser nobody, long project)
    {
        var v1 = $"/v1/projects/{project}/forms/{Form}/draft";
        await walk.DoAsync(admin, "uploadDraft", "POST", v1, Walk.Text(Village.Form(version: "2"), "application/xml"));
        var token = Walk.Word(await admin.GetAsync(v1), "draftToken");
        await walk.DoAsync(
            nobody,
            "sendSubmissionOfDraft",
            "POST",
            $"/v1/test/{token}/projects/{project}/forms/{Form}/draft/submission",
            Walk.Multipart(Village.Instance(Village.NewId(), version: "2")));
        var id = Village.NewId();
        await walk.DoAsync(
            admin, "createSubmissionOfDraft", "POST", $"{v1}/submissions", Walk.Text(Village.Instance(id, photo: "well.jpg", version: "2"), "application/xml"));
        await walk.DoAsync(admin, "attachSubmissionFileOfDraft", "POST", $"{v1}/submissions/{id}/attachments/well.jpg", Walk.Text("picture", "image/jpeg"));
        await walk.DoAsync(admin, "clearSubmissionFileOfDraft", "DELETE", $"{v1}/submissions/{id}/attachments/well.jpg");
        await walk.DoAsync(
            admin,
            "editSubmissionOfDraft",
            "PUT",
            $"{v1}/submissions/{id}",
            Walk.Text(Village.Instance(Village.NewId(), version: "2", deprecatedId: id), "application/xml"));
    }

    private static string Pictured(string version) =>
        Village.Form("walked", version).Replace(
            "<model>",
            "<model><itext><translation lang=\"en\"><text id=\"n\"><value>Name</value><value form=\"image\">jr://images/well.jpg</value></text></translation></itext>",
            StringComparison.Ordinal)
            .Replace("<input ref=\"/data/name\"><label>Name</label>", "<input ref=\"/data/name\"><label ref=\"jr:itext('n')\"/>", StringComparison.Ordinal);
}
