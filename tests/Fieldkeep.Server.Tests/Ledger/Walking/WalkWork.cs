using Fieldkeep.Server.Tests.Support;

namespace Fieldkeep.Server.Tests.Ledger.Walking;

/// <summary>Walks through deployments, conditions, exports, and roles in a project.</summary>
internal static class WalkWork
{
    private const string Form = Village.FormId;

    /// <summary>Does all of it.</summary>
    public static async Task RunAsync(Walk walk, Browser admin, long project)
    {
        var form = $"/api/projects/{project}/forms/{Form}";
        var (_, person) = await walk.Server.PersonAsync();
        await walk.PartAsync("DeploymentsAsync", () => DeploymentsAsync(walk, admin, project, form));
        var condition = new { field = "/name", op = "starts-with", value = "North" };
        var made = Walk.Number(await walk.DoAsync(admin, "createRowCondition", "POST", $"{form}/row-conditions", new { name = "North", condition }), "id");
        var role = await walk.DoAsync(
            admin, "giveLimitedRole", "POST", $"{form}/limited-roles", new { subjectKind = "actor", subjectId = person.Value, role = "viewer", conditionId = made });
        await walk.DoAsync(admin, "takeLimitedRole", "DELETE", $"{form}/limited-roles/{Walk.Number(role, "id")}");
        await walk.DoAsync(admin, "removeRowCondition", "DELETE", $"{form}/row-conditions/{made}");
        await walk.PartAsync("ExportsAsync", () => ExportsAsync(walk, admin, project, form));
        await walk.DoAsync(admin, "assignRoleInProject", "POST", $"/v1/projects/{project}/assignments/viewer/{person}");
        await walk.DoAsync(admin, "removeRoleInProject", "DELETE", $"/v1/projects/{project}/assignments/viewer/{person}");
        var (phone, _) = await admin.AppUserAsync(project);
        await walk.DoAsync(admin, "assignRoleAtForm", "POST", $"/v1/projects/{project}/forms/{Form}/assignments/app-user/{phone}");
        await walk.DoAsync(admin, "removeRoleAtForm", "DELETE", $"/v1/projects/{project}/forms/{Form}/assignments/app-user/{phone}");
    }

    private static async Task DeploymentsAsync(Walk walk, Browser admin, long project, string form)
    {
        var made = await walk.DoAsync(
            admin, "createDeployment", "POST", $"{form}/deployments", new { name = "Walk", options = new { }, stages = new[] { new { name = "Review" } } });
        var one = $"{form}/deployments/{Walk.Number(made, "id")}";
        var (phone, token) = await admin.AppUserAsync(project);
        await walk.DoAsync(admin, "addDeployedPerson", "POST", $"{one}/people", new { role = "enumerator", subjectKind = "actor", subjectId = phone });
        var approver = await walk.Server.SignedInAsync("", 0);
        var stage = Walk.Number(Deployed.Items(made, "stages")[0], "id");
        await walk.DoAsync(
            admin, "addDeployedPerson", "POST", $"{one}/people", new { role = "approver", stageId = stage, subjectKind = "actor", subjectId = approver.AccountId });
        var collect = new CollectClient(walk.Server.CreateClient(), token, project);
        var (first, second) = (await Deployed.SendAsync(collect), await Deployed.SendAsync(collect));
        await walk.DoAsync(approver, "moveSubmission", "POST", $"{form}/submissions/{first}/transitions", new { @event = "reject", message = "Look again", version = 1 });
        await walk.DoAsync(
            approver,
            "moveSubmissions",
            "POST",
            $"{form}/submissions/transitions",
            new { @event = "approve", items = new[] { new { instanceId = second, version = 1, stageId = stage } } });
        await walk.DoAsync(
            admin,
            "replaceStages",
            "PUT",
            $"{one}/stages",
            new { stages = new object[] { new { id = stage, name = "Look" }, new { name = "Look twice" } } });
        await walk.DoAsync(admin, "changeDeployment", "PATCH", one, new { name = "Walk on" });
        await walk.DoAsync(admin, "closeDeployment", "POST", $"{one}/close");
        await walk.DoAsync(admin, "reopenDeployment", "POST", $"{one}/reopen");
        await walk.DoAsync(admin, "removeDeployedPerson", "POST", $"{one}/people/remove", new { role = "enumerator", subjectKind = "actor", subjectId = phone });
        await walk.DoAsync(admin, "deleteDeployment", "DELETE", one);
    }

    private static async Task ExportsAsync(Walk walk, Browser admin, long project, string form)
    {
        var v1 = $"/v1/projects/{project}/forms/{Form}";
        await walk.DoAsync(admin, "searchRows", "POST", $"{form}/rows/search", new { });
        await walk.DoAsync(admin, "previewExport", "POST", $"{form}/exports/preview", new { format = "csv" });
        await walk.DoAsync(admin, "estimateAnonymity", "POST", $"{form}/exports/anonymity", new { format = "csv" });
        var job = await walk.DoAsync(admin, "startExport", "POST", $"{form}/exports", new { format = "csv" });
        await walk.DoAsync(admin, "cancelExport", "DELETE", $"/api/exports/{Walk.Word(job, "id")}");
        var saved = $"{form}/saved-exports/{Walk.Word(await walk.DoAsync(admin, "saveExport", "POST", $"{form}/saved-exports", new { name = "All", export = new { format = "csv" } }), "id")}";
        await walk.DoAsync(admin, "renameSavedExport", "PATCH", saved, new { name = "Everything" });
        var link = await walk.DoAsync(admin, "createExportLink", "POST", $"{saved}/links", new { days = 3 });
        await walk.DoAsync(admin, "revokeExportLink", "DELETE", $"{saved}/links/{Walk.Number(link, "id")}");
        await walk.DoAsync(admin, "removeSavedExport", "DELETE", saved);
        await walk.DoAsync(admin, "postExportCsvZip", "POST", $"{v1}/submissions.csv.zip", new { });
        await walk.DoAsync(admin, "postExportCsv", "POST", $"{v1}/submissions.csv", new { });
        await walk.DoAsync(admin, "postExportCsvZipOfDraft", "POST", $"{v1}/draft/submissions.csv.zip", new { });
        await walk.DoAsync(admin, "postExportCsvOfDraft", "POST", $"{v1}/draft/submissions.csv", new { });
    }
}
