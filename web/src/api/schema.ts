/**
 * The server's shapes, generated from docs/protocol/openapi-api.json. Do not edit: run script/openapi.
 */
export type paths = {
  '/api/activity': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List who did what, newest first */
    get: operations['listActivity'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/export-links/{token}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download a saved export by its link, with the rights of who made the link */
    get: operations['fetchExportLink'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/exports/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read how far an export of yours is */
    get: operations['getExport'];
    put?: never;
    post?: never;
    /** Stop an export of yours and delete its file */
    delete: operations['cancelExport'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/exports/{id}/file': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download an export of yours */
    get: operations['fetchExport'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read this description (OpenAPI 3.1) */
    get: operations['getOpenApi'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the projects you may see */
    get: operations['listProjects'];
    put?: never;
    /** Create a project */
    post: operations['createProject'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a project */
    get: operations['getProject'];
    put?: never;
    post?: never;
    /** Move a project to the trash */
    delete: operations['deleteProject'];
    options?: never;
    head?: never;
    /** Rename, describe or archive a project */
    patch: operations['updateProject'];
    trace?: never;
  };
  '/api/projects/{projectId}/app-users': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List a project's app users */
    get: operations['listAppUsers'];
    put?: never;
    /** Create an app user and show its token once */
    post: operations['createAppUser'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/app-users/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Revoke an app user */
    delete: operations['revokeAppUser'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List a project's forms */
    get: operations['listForms'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a form with its draft, versions and files */
    get: operations['getForm'];
    put?: never;
    post?: never;
    /** Move a form to the trash */
    delete: operations['deleteForm'];
    options?: never;
    head?: never;
    /** Open or close a form */
    patch: operations['changeForm'];
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/columns': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the columns of a form's table, all versions together */
    get: operations['listColumns'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/draft': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Throw a draft away */
    delete: operations['discardDraft'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/draft/attachments/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Give a draft a file it asks for */
    put: operations['attachDraftFile'];
    post?: never;
    /** Take a file from a draft */
    delete: operations['clearDraftFile'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/draft/publish': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Publish a draft */
    post: operations['publishDraft'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/draft/workbook': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download a draft as a spreadsheet: the file uploaded, else one made from the XForm */
    get: operations['getDraftWorkbook'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/draft/xml': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download the XForm of a draft */
    get: operations['getDraftXml'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download an export of a form's submissions while it is made */
    get: operations['streamExport'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/exports': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Start an export of a form's submissions */
    post: operations['startExport'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/repeats/{repeat}/rows': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a page of the rows of a repeat, those of the newest submission first */
    get: operations['listRepeatRows'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/rows': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a page of a form's table, newest first */
    get: operations['listRows'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/saved-exports': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the saved exports of a form */
    get: operations['listSavedExports'];
    put?: never;
    /** Save an export under a name */
    post: operations['saveExport'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/saved-exports/{savedId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Remove a saved export and its links */
    delete: operations['removeSavedExport'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/saved-exports/{savedId}/links': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Make a link to a saved export and show its address once */
    post: operations['createExportLink'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/saved-exports/{savedId}/links/{linkId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Revoke a link to a saved export */
    delete: operations['revokeExportLink'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/submissions/{instanceId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a submission as a tree of questions and answers */
    get: operations['getSubmission'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/submissions/{instanceId}/attachments/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download a file of a submission, or the part that `Range` names */
    get: operations['getSubmissionFile'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/submissions/{instanceId}/xml': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download a submission as the phone sent it */
    get: operations['getSubmissionXml'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/versions/{version}/workbook': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download a published version as a spreadsheet: the file uploaded, else one made from the XForm; `___` names the version without a name */
    get: operations['getFormWorkbook'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/{formId}/versions/{version}/xml': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Download the XForm of a published version; `___` names the version without a name */
    get: operations['getFormXml'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/projects/{projectId}/forms/draft': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Upload a form file (XLSForm or XForm) as a draft */
    post: operations['uploadDraft'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read who is signed in */
    get: operations['getSession'];
    put?: never;
    /** Sign in; the answer sets the session cookie */
    post: operations['signIn'];
    /** Sign out; the answer clears the session cookie */
    delete: operations['signOut'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/setup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read whether this server waits to be set up */
    get: operations['getSetup'];
    put?: never;
    /** Set the server up; the answer holds the recovery key, once */
    post: operations['setUp'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/setup/recovery-key-stored': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Say that the recovery key has been put away */
    post: operations['confirmRecoveryKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Ask whether the server lives */
    get: operations['getLiveness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Ask whether the server can do its work */
    get: operations['getReadiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read this description (OpenAPI 3.1) */
    get: operations['getOpenApiAtRoot'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
};
export type webhooks = Record<string, never>;
export type components = {
  schemas: {
    /** @description One thing that was done. */
    ActivityItem: {
      /** @description Such as `project.create`. */
      action: string;
      actor: components['schemas']['PersonItem'];
      /** Format: date-time */
      at: string;
      detail: null | string;
      /** @description How the request came in. */
      door: string;
      /** Format: int64 */
      id: number;
      /**
       * Format: int64
       * @description Null when it concerns no one project.
       */
      project: null | number;
      /** @description A kind and an id. */
      subject: string;
    };
    /** @description A page of what was done. */
    ActivityPage: {
      items: components['schemas']['ActivityItem'][];
      /** @description What to send as `before` for older ones; null when there are none. */
      next: null | string;
    };
    /** @description A file that an answer names. */
    AnswerFile: {
      contentType: string;
      name: string;
      /** @description Whether it has come. */
      present: boolean;
      /**
       * Format: int64
       * @description Bytes; null while it is missing.
       */
      size: null | number;
    };
    /** @description A question with its answer, or a group or repeat with what is in it. */
    AnswerItem: {
      attachment: null | components['schemas']['AnswerFile'];
      /** @description Null on a question with an answer. */
      children: null | components['schemas']['AnswerItem'][];
      /** @description Words for the choices in `value`, in its order; null when it has no choices. */
      choiceLabels: null | string[];
      label: string;
      name: string;
      path: string;
      /** Format: int32 */
      repeatIndex: null | number;
      /** @description The answer's type, or `group`, `repeat`, or `unknown` for what the form does not know. */
      type: string;
      value: null | string;
    };
    /** @description A phone that may submit to a project. */
    AppUserItem: {
      /** Format: date-time */
      createdAt: string;
      displayName: string;
      /** Format: int64 */
      id: number;
      /**
       * Format: date-time
       * @description When it last asked for anything; null when never.
       */
      lastUsed: null | string;
      revoked: boolean;
    };
    /** @description A whole list, as our own API gives it. */
    AppUserItemList: {
      items: components['schemas']['AppUserItem'][];
    };
    /** @description How many files a submission names and how many of them have come. */
    AttachmentCount: {
      /** Format: int32 */
      expected: number;
      /** Format: int32 */
      present: number;
    };
    /** @description A choice as the table shows it. */
    ChoiceItem: {
      label: string;
      name: string;
    };
    /** @description A column of the table: one question over all versions of the form. */
    ColumnItem: {
      /** @description Null when it has none, or they come from a file. */
      choices: null | components['schemas']['ChoiceItem'][];
      label: string;
      name: string;
      /** @description Key of its answers in a row's `values`. */
      path: string;
      /** @description The answer's type in XForms words, such as `int` or `selectOne`. */
      type: string;
    };
    /** @description What the data of a form looks like. */
    ColumnList: {
      columns: components['schemas']['ColumnItem'][];
      repeats: components['schemas']['RepeatItem'][];
    };
    /** @description An app user just made. */
    CreatedAppUser: {
      displayName: string;
      /** Format: int64 */
      id: number;
      qr: components['schemas']['SettingsQr'];
      /** @description Its secret, shown this once. */
      token: string;
    };
    /** @description What signs a person in. */
    Credentials: {
      email: string;
      password: string;
      /**
       * @description Whether the browser shall forget the session when it is closed.
       * @default false
       */
      sharedComputer: boolean;
    };
    /** @description One thing about a form file that its author should mend or look at. */
    DiagnosticItem: {
      /** @description The cell as a spreadsheet program names it, such as `D7`; null when no one cell is meant. */
      address: null | string;
      /** @description A stable key such as `NAMES_001`. */
      code: string;
      /** @description The name of the column; null when no one column is meant. */
      column: null | string;
      /** @description The cells of the row by which its author knows it. */
      excerpt: components['schemas']['RowCell'][];
      message: string;
      /**
       * Format: int32
       * @description 1 for the first; null when no one row is meant.
       */
      row: null | number;
      severity: components['schemas']['Severity'];
      /** @description Null when the whole file is meant. */
      sheet: null | string;
      /** @description What was probably meant; null when nothing is near. */
      suggestion: null | string;
      /** @description What was typed there, shortened; null when it is empty. */
      value: null | string;
    };
    /** @description A draft and how to test it. */
    DraftItem: {
      attachments: components['schemas']['FileItem'][];
      /** Format: date-time */
      createdAt: string;
      testQr: components['schemas']['TestQr'];
      /** @description The secret in `testUrl`. */
      testToken: string;
      /** @description What to give ODK Collect as the server's address. */
      testUrl: string;
      title: string;
      version: string;
    };
    /** @description An export and how far it is. */
    ExportItem: {
      /**
       * Format: int64
       * @description Length of the file so far.
       */
      bytes: number;
      /**
       * Format: int64
       * @description Submissions whose stored answers could not be opened.
       */
      damagedRows: number;
      id: string;
      /** @description Code of what made it fail, when it can be helped, such as `export.spool_full`; else null. */
      problem: null | string;
      /**
       * Format: int64
       * @description Submissions written so far.
       */
      rows: number;
      /** Format: date-time */
      startedAt: string;
      state: components['schemas']['ExportState'];
      /**
       * Format: int64
       * @description Submissions there were at its beginning.
       */
      totalRows: number;
    };
    /** @description A link without its address. */
    ExportLinkItem: {
      /** Format: date-time */
      createdAt: string;
      /** Format: int64 */
      createdBy: number;
      /** Format: date-time */
      expiresAt: string;
      /** Format: int64 */
      id: number;
      /** Format: date-time */
      lastUsedAt: null | string;
      /** Format: date-time */
      revokedAt: null | string;
    };
    /**
     * @description Says how an export stands.
     * @enum {string}
     */
    ExportState: 'running' | 'ready' | 'failed' | 'cancelled';
    /** @description A file that a form asks for. */
    FileItem: {
      kind: string;
      name: string;
      present: boolean;
      /**
       * Format: int64
       * @description Bytes; null while it is missing.
       */
      size: null | number;
    };
    /** @description A form with its draft, versions and files. */
    FormDetail: {
      /** @description The files of the published version. */
      attachments: components['schemas']['FileItem'][];
      draft: null | components['schemas']['DraftItem'];
      /** @description Null when it has no draft. */
      draftVersion: null | string;
      hasDraft: boolean;
      /** @description The form's own id (`form_id` of the XLSForm). */
      id: string;
      /** Format: date-time */
      lastSubmission: null | string;
      /** Format: date-time */
      publishedAt: null | string;
      /** @description `open`, `closing` or `closed`. */
      state: components['schemas']['FormState'];
      /** Format: int64 */
      submissions: number;
      title: string;
      /** Format: date-time */
      updatedAt: string;
      /** @description Null until the first version is published. */
      version: null | string;
      versions: components['schemas']['VersionItem'][];
    };
    /** @description A form in a list of the web interface. */
    FormItem: {
      /** @description Null when it has no draft. */
      draftVersion: null | string;
      hasDraft: boolean;
      /** @description The form's own id (`form_id` of the XLSForm). */
      id: string;
      /** Format: date-time */
      lastSubmission: null | string;
      /** Format: date-time */
      publishedAt: null | string;
      /** @description `open`, `closing` or `closed`. */
      state: components['schemas']['FormState'];
      /** Format: int64 */
      submissions: number;
      title: string;
      /** Format: date-time */
      updatedAt: string;
      /** @description Null until the first version is published. */
      version: null | string;
    };
    /** @description A whole list, as our own API gives it. */
    FormItemList: {
      items: components['schemas']['FormItem'][];
    };
    /** @description What to change of a form. */
    FormPatch: {
      /** @description `open`, `closing` or `closed`. */
      state: string;
    };
    /**
     * @description Says what phones may do with a form.
     * @enum {string}
     */
    FormState: 'open' | 'closing' | 'closed';
    /** @description How the server is. */
    HealthItem: {
      /** @description `live`, `ready` or `database_unreachable`. */
      status: string;
    };
    JsonObject: Record<string, never>;
    /** @description An app user to be made. */
    NewAppUserBody: {
      displayName: string;
    };
    /** @description An export to be made. */
    NewExport: {
      /**
       * Format: date-time
       * @description Only submissions that arrived earlier.
       */
      before?: null | string;
      /** @description Paths of questions, groups and repeats, and names such as `SubmissionDate`. Default: everything. */
      columns?: null | string[];
      /** @description Whether questions that only earlier versions have are in it. Default: true. */
      deletedFields?: null | boolean;
      /** @description Whether the tests of the draft are meant. Default: false. */
      draft?: null | boolean;
      /** @description What must hold, written as OData's `$filter`. Default: all. */
      filter?: null | string;
      /** @description One of `csv.zip` (default), `csv`, `xlsx`, `json`, `ndjson`, `geojson`, `kml`, `sav.zip`, `media.zip`. */
      format?: null | string;
      /**
       * Format: date-time
       * @description Only submissions that arrived then or later.
       */
      from?: null | string;
      /** @description Path of the one geometry question of a map. Default: all. */
      geometry?: null | string;
      /** @description Whether column names begin with their groups. Default: true. */
      groupPaths?: null | boolean;
      /** @description Whether columns are headed by the questions' labels. Default: false. */
      labelHeadings?: null | boolean;
      /** @description Whether choices are shown by their labels. Default: false. */
      labels?: null | boolean;
      /** @description The language of labels as the form spells it. Default: the form's default. */
      language?: null | string;
      /** @description Whether attachments are in a `csv.zip`. Default: true. */
      media?: null | boolean;
      /** @description How attachments are named: text with `{instanceId}`, `{question}`, `{name}`, `{ext}`, `{date}`, `{submitter}`. Default: their own names. */
      mediaNames?: null | string;
      /** @description Only these review states; `received` for those nobody reviewed. */
      reviewStates?: null | string[];
      /** @description Whether each choice of a select_multiple gets a column. Default: false. */
      splitSelects?: null | boolean;
      /** @description Only what these people and phones sent, by their numbers. */
      submitters?: null | number[];
    };
    /** @description A link that was made. */
    NewExportLinkItem: {
      /** Format: date-time */
      expiresAt: string;
      /** Format: int64 */
      id: number;
      /** @description The address; it is shown this once. */
      url: string;
    };
    /** @description A project to be made. */
    NewProject: {
      description?: null | string;
      name: string;
    };
    /** @description An export to be saved. */
    NewSavedExport: {
      export: components['schemas']['NewExport'];
      name: string;
    };
    /** @description Whose server this is. */
    OrganisationItem: {
      name: string;
    };
    /** @description Whoever did or sent something. */
    PersonItem: {
      /**
       * Format: int64
       * @description 0 for the server itself and for those without an account.
       */
      id: number;
      /** @description Empty when it is not known. */
      name: string;
    };
    /** @description Problem details (RFC 9457). Some codes bring further members, such as `feedback` of `password.weak`. */
    Problem: {
      /** @description A stable dotted code, such as `access.denied`. */
      code: string;
      /** @description What happened, with which value, and what to do. */
      detail: string;
      /**
       * Format: int32
       * @description The HTTP status.
       */
      status: number;
      /** @description What happened, in words. */
      title: string;
      /** @description Always `about:blank`. */
      type: string;
    };
    /** @description A project with how much is in it. */
    ProjectItem: {
      /**
       * Format: int32
       * @description App users that may still submit.
       */
      appUsers: number;
      archived: boolean;
      description: null | string;
      /**
       * Format: int32
       * @description Forms that are not in the trash, drafts included.
       */
      forms: number;
      /** Format: int64 */
      id: number;
      /**
       * Format: date-time
       * @description When the newest came; null when there are none.
       */
      lastSubmission: null | string;
      name: string;
      /**
       * Format: int64
       * @description Submissions to published versions.
       */
      submissions: number;
    };
    /** @description A whole list, as our own API gives it. */
    ProjectItemList: {
      items: components['schemas']['ProjectItem'][];
    };
    /** @description What to change of a project; what is absent stays. */
    ProjectPatch: {
      archived?: null | boolean;
      description?: null | string;
      name?: null | string;
    };
    /** @description How to publish a draft. */
    Publication: {
      /** @description The version to publish it as, instead of the one in its file. */
      version?: null | string;
    };
    /** @description One submission as the interface reads it. */
    RecordItem: {
      attachments: components['schemas']['AttachmentCount'];
      /** @description Null when the phone did not say. */
      deviceId: null | string;
      /**
       * Format: int32
       * @description How often it was edited.
       */
      edits: number;
      formVersion: string;
      instanceId: string;
      /** @description Null when it has none. */
      instanceName: null | string;
      /** @description Null when nobody looked yet. */
      reviewState: null | string;
      /** Format: date-time */
      submittedAt: string;
      submitter: components['schemas']['PersonItem'];
      tree: components['schemas']['AnswerItem'][];
      /**
       * Format: date-time
       * @description Null when it was never changed.
       */
      updatedAt: null | string;
    };
    /** @description A repeat of the form. */
    RepeatItem: {
      label: string;
      name: string;
      path: string;
    };
    /** @description A row of a repeat. */
    RepeatRowItem: {
      /** @description The submission it is in. */
      instanceId: string;
      /** @description Names the row: the submission's id and the way to it, such as `uuid:…/member[2]`. */
      key: string;
      /** @description The same of the row it is in; the submission's id when it is in none. */
      parentKey: string;
      /** @description Answers by the path of their column; a question without an answer is absent. */
      values: {
        [key: string]: string;
      };
    };
    /** @description A page of the rows of a repeat. It is written row by row, so this says only what it looks like. */
    RepeatRowPage: {
      /** @description What to send as `after` for the next page; null on the last one. */
      next: null | string;
      rows: components['schemas']['RepeatRowItem'][];
      /**
       * Format: int64
       * @description Rows there are in all, or of the submissions that the filter finds; null when nobody asked to count.
       */
      total: null | number;
    };
    /** @description Shows one cell of the row that a diagnostic speaks about. */
    RowCell: {
      /** @description The address a spreadsheet program shows, such as `B7`. */
      address: string;
      /** @description The column's header as typed; null when the column has none. */
      header: null | string;
      /** @description The cell's text as typed, shortened; null when it is empty. */
      value: null | string;
    };
    /** @description A submission in a form's table. */
    RowItem: {
      attachments: components['schemas']['AttachmentCount'];
      /**
       * Format: int32
       * @description How often it was edited.
       */
      edits: number;
      formVersion: string;
      instanceId: string;
      /** @description Null when nobody looked yet. */
      reviewState: null | string;
      /**
       * @description Why `values` is empty: `damaged` when the stored answers cannot be opened, `notDecrypted` when only the form's
       *     own key opens them; else null.
       */
      status: null | string;
      /** Format: date-time */
      submittedAt: string;
      submitter: components['schemas']['PersonItem'];
      /** @description Answers by the path of their column; a question without an answer is absent. */
      values: {
        [key: string]: string;
      };
    };
    /** @description A page of a form's table. It is written row by row, so this says only what it looks like. */
    RowPage: {
      /** @description What to send as `after` for the next page; null on the last one. */
      next: null | string;
      rows: components['schemas']['RowItem'][];
      /**
       * Format: int64
       * @description Submissions there are in all, or that the filter finds; null for a filter when nobody asked to count.
       */
      total: null | number;
    };
    /** @description A saved export. */
    SavedExportItem: {
      /** Format: date-time */
      createdAt: string;
      /** Format: int64 */
      createdBy: number;
      export: components['schemas']['NewExport'];
      /** Format: uuid */
      id: string;
      links: components['schemas']['ExportLinkItem'][];
      name: string;
    };
    /** @description The account that is signed in. */
    SessionAccount: {
      displayName: string;
      email: string;
      /** Format: int64 */
      id: number;
      /** @description The names of the roles it holds anywhere. */
      roles: string[];
    };
    /** @description Who is signed in. */
    SessionItem: {
      account: components['schemas']['SessionAccount'];
      /** @description What every request that changes something sends as `X-CSRF-Token`. */
      csrf: string;
      organisation: components['schemas']['OrganisationItem'];
    };
    /** @description A code that brings a phone its settings. */
    SettingsQr: {
      /** @description What the picture says, as ODK Collect reads it. */
      settings: components['schemas']['JsonObject'];
      /** @description The picture, an SVG document. */
      svg: string;
    };
    /** @description What sets a server up. */
    SetupBody: {
      email: string;
      name: string;
      organisation: string;
      password: string;
      /** @default false */
      sampleData: boolean;
      /** @description The code on the server's console; not needed on the server's own machine. */
      setupCode?: null | string;
    };
    /** @description Whether the server waits to be set up. */
    SetupItem: {
      /** @description Whether the code on the server's console must be given. */
      codeNeeded: boolean;
      needed: boolean;
    };
    /** @description What came of the set-up. */
    SetupResult: {
      /** @description Opens the keys when all else is lost; shown this once. */
      recoveryKey: string;
      /** @description Whether the sample project was made. */
      sampleData: boolean;
      session: components['schemas']['SessionItem'];
    };
    /**
     * @description Says whether a diagnostic stops the form from being used; the graver, the greater.
     * @enum {string}
     */
    Severity: 'advice' | 'warning' | 'error';
    /** @description A code that brings a phone a draft to test. */
    TestQr: {
      /** @description What the picture says: ODK Collect's settings, packed and in Base64. */
      settings: string;
      /** @description The picture, an SVG document. */
      svg: string;
    };
    /** @description The form that a file became a draft of. */
    UploadedForm: {
      id: string;
      title: string;
      version: null | string;
    };
    /** @description What came of an uploaded form file. */
    UploadResult: {
      /** @description Whether it became the draft; else `diagnostics` say why not. */
      accepted: boolean;
      diagnostics: components['schemas']['DiagnosticItem'][];
      form: null | components['schemas']['UploadedForm'];
    };
    /** @description A published version. */
    VersionItem: {
      /** Format: date-time */
      publishedAt: null | string;
      /** @description Null when it is not known. */
      publishedBy: null | string;
      version: string;
    };
    /** @description A link to be made. */
    WantedExportLink: {
      /**
       * Format: int32
       * @description How long it lives: 1 to 366.
       */
      days: number;
    };
  };
  responses: {
    /** @description The server is busy; try again soon. */
    Busy: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description Any other problem: a fault of the server (500), the database out of reach (503), a malformed request (400). */
    OtherProblem: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description Who is calling is not known. */
    SignInNeeded: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description Too many attempts; `Retry-After` says when to try again. */
    TooManyAttempts: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
};
export type ActivityItem = components['schemas']['ActivityItem'];
export type ActivityPage = components['schemas']['ActivityPage'];
export type AnswerFile = components['schemas']['AnswerFile'];
export type AnswerItem = components['schemas']['AnswerItem'];
export type AppUserItem = components['schemas']['AppUserItem'];
export type AppUserItemList = components['schemas']['AppUserItemList'];
export type AttachmentCount = components['schemas']['AttachmentCount'];
export type ChoiceItem = components['schemas']['ChoiceItem'];
export type ColumnItem = components['schemas']['ColumnItem'];
export type ColumnList = components['schemas']['ColumnList'];
export type CreatedAppUser = components['schemas']['CreatedAppUser'];
export type Credentials = components['schemas']['Credentials'];
export type DiagnosticItem = components['schemas']['DiagnosticItem'];
export type DraftItem = components['schemas']['DraftItem'];
export type ExportItem = components['schemas']['ExportItem'];
export type ExportLinkItem = components['schemas']['ExportLinkItem'];
export type ExportState = components['schemas']['ExportState'];
export type FileItem = components['schemas']['FileItem'];
export type FormDetail = components['schemas']['FormDetail'];
export type FormItem = components['schemas']['FormItem'];
export type FormItemList = components['schemas']['FormItemList'];
export type FormPatch = components['schemas']['FormPatch'];
export type FormState = components['schemas']['FormState'];
export type HealthItem = components['schemas']['HealthItem'];
export type JsonObject = components['schemas']['JsonObject'];
export type NewAppUserBody = components['schemas']['NewAppUserBody'];
export type NewExport = components['schemas']['NewExport'];
export type NewExportLinkItem = components['schemas']['NewExportLinkItem'];
export type NewProject = components['schemas']['NewProject'];
export type NewSavedExport = components['schemas']['NewSavedExport'];
export type OrganisationItem = components['schemas']['OrganisationItem'];
export type PersonItem = components['schemas']['PersonItem'];
export type Problem = components['schemas']['Problem'];
export type ProjectItem = components['schemas']['ProjectItem'];
export type ProjectItemList = components['schemas']['ProjectItemList'];
export type ProjectPatch = components['schemas']['ProjectPatch'];
export type Publication = components['schemas']['Publication'];
export type RecordItem = components['schemas']['RecordItem'];
export type RepeatItem = components['schemas']['RepeatItem'];
export type RepeatRowItem = components['schemas']['RepeatRowItem'];
export type RepeatRowPage = components['schemas']['RepeatRowPage'];
export type RowCell = components['schemas']['RowCell'];
export type RowItem = components['schemas']['RowItem'];
export type RowPage = components['schemas']['RowPage'];
export type SavedExportItem = components['schemas']['SavedExportItem'];
export type SessionAccount = components['schemas']['SessionAccount'];
export type SessionItem = components['schemas']['SessionItem'];
export type SettingsQr = components['schemas']['SettingsQr'];
export type SetupBody = components['schemas']['SetupBody'];
export type SetupItem = components['schemas']['SetupItem'];
export type SetupResult = components['schemas']['SetupResult'];
export type Severity = components['schemas']['Severity'];
export type TestQr = components['schemas']['TestQr'];
export type UploadedForm = components['schemas']['UploadedForm'];
export type UploadResult = components['schemas']['UploadResult'];
export type VersionItem = components['schemas']['VersionItem'];
export type WantedExportLink = components['schemas']['WantedExportLink'];
export type ResponseBusy = components['responses']['Busy'];
export type ResponseOtherProblem = components['responses']['OtherProblem'];
export type ResponseSignInNeeded = components['responses']['SignInNeeded'];
export type ResponseTooManyAttempts = components['responses']['TooManyAttempts'];
export type $defs = Record<string, never>;
export interface operations {
  listActivity: {
    parameters: {
      query?: {
        /** @description The `next` of the page before. */
        before?: string;
        /** @description Rows at most. Default: 100. */
        limit?: number;
        /** @description Only this project; without it, all whose activity you may read. */
        project?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ActivityPage'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  fetchExportLink: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The secret that lets this caller in. */
        token: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/geo+json': string;
          'application/json': Record<string, never> | unknown[];
          'application/vnd.google-earth.kml+xml': string;
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': string;
          'application/x-ndjson': string;
          'application/zip': string;
          'text/csv; charset=utf-8': string;
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Who is calling is not known. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many attempts; `Retry-After` says when to try again. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The server is busy; try again soon. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      default: components['responses']['OtherProblem'];
    };
  };
  getExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ExportItem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  cancelExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  fetchExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/geo+json': string;
          'application/json': Record<string, never> | unknown[];
          'application/vnd.google-earth.kml+xml': string;
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': string;
          'application/x-ndjson': string;
          'application/zip': string;
          'text/csv; charset=utf-8': string;
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The state of things does not allow it. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getOpenApi: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': Record<string, never> | unknown[];
        };
      };
      default: components['responses']['OtherProblem'];
    };
  };
  listProjects: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProjectItemList'];
        };
      };
      401: components['responses']['SignInNeeded'];
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  createProject: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewProject'];
      };
    };
    responses: {
      /** @description Created */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProjectItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getProject: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProjectItem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  deleteProject: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  updateProject: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ProjectPatch'];
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProjectItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  listAppUsers: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AppUserItemList'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  createAppUser: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewAppUserBody'];
      };
    };
    responses: {
      /** @description Created */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedAppUser'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  revokeAppUser: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The id. */
        id: number;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  listForms: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FormItemList'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getForm: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FormDetail'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  deleteForm: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  changeForm: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['FormPatch'];
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FormItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  listColumns: {
    parameters: {
      query?: {
        /** @description True for the tests of the draft, false for what counts. Default: false. */
        draft?: boolean;
      };
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ColumnList'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  discardDraft: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The state of things does not allow it. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  attachDraftFile: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The file's name. */
        name: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    /** @description At most 128 MiB (134217728 bytes). */
    requestBody: {
      content: {
        '*/*': string;
      };
    };
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The state of things does not allow it. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  clearDraftFile: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The file's name. */
        name: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The state of things does not allow it. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  publishDraft: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Publication'];
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FormItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The state of things does not allow it. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getDraftWorkbook: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/vnd.ms-excel': string;
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': string;
          'text/csv': string;
          'text/markdown': string;
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getDraftXml: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/xml': string;
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  streamExport: {
    parameters: {
      query?: {
        /** @description Only submissions that arrived earlier, ISO 8601. */
        before?: string;
        /** @description Paths of questions, groups and repeats, and names such as SubmissionDate; may be repeated. Default: everything. */
        columns?: string;
        /** @description Whether questions that only earlier versions have are in it. Default: true. */
        deletedFields?: boolean;
        /** @description Whether the tests of the draft are meant. Default: false. */
        draft?: boolean;
        /** @description What must hold, written as OData's $filter. Default: all submissions. */
        filter?: string;
        /** @description csv.zip (default), csv, xlsx, json, ndjson, geojson, kml, sav.zip or media.zip. */
        format?: string;
        /** @description Only submissions that arrived then or later, ISO 8601. */
        from?: string;
        /** @description Path of the one geometry question of a map. Default: all. */
        geometry?: string;
        /** @description Whether column names begin with their groups. Default: true. */
        groupPaths?: boolean;
        /** @description Whether columns are headed by the questions' labels. Default: false. */
        labelHeadings?: boolean;
        /** @description Whether choices are shown by their labels. Default: false. */
        labels?: boolean;
        /** @description The language of labels. Default: the form's default. */
        language?: string;
        /** @description Whether attachments are in a csv.zip. Default: true. */
        media?: boolean;
        /** @description How attachments are named, such as {instanceId}/{question}.{ext}. Default: their own names. */
        mediaNames?: string;
        /** @description Only this review state, or received; may be repeated. */
        reviewStates?: string;
        /** @description Whether each choice of a select_multiple gets a column. Default: false. */
        splitSelects?: boolean;
        /** @description Only what this person or phone sent, by number; may be repeated. */
        submitters?: string;
      };
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/geo+json': string;
          'application/json': Record<string, never> | unknown[];
          'application/vnd.google-earth.kml+xml': string;
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': string;
          'application/x-ndjson': string;
          'application/zip': string;
          'text/csv; charset=utf-8': string;
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      /** @description The server is busy; try again soon. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      default: components['responses']['OtherProblem'];
    };
  };
  startExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewExport'];
      };
    };
    responses: {
      /** @description Accepted */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ExportItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many attempts; `Retry-After` says when to try again. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Busy'];
      /** @description There is no room to keep it. */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      default: components['responses']['OtherProblem'];
    };
  };
  listRepeatRows: {
    parameters: {
      query?: {
        /** @description The `next` of the page before. */
        after?: string;
        /** @description Whether to count all rows. */
        count?: boolean;
        /** @description True for the tests of the draft, false for what counts. Default: false. */
        draft?: boolean;
        /** @description What must hold for the submission, written as OData's `$filter`. */
        filter?: string;
        /** @description Rows at most. Default: 100. */
        limit?: number;
        /** @description Rows to pass over first. Default: 0. */
        skip?: number;
      };
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
        repeat: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RepeatRowPage'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  listRows: {
    parameters: {
      query?: {
        /** @description The `next` of the page before. */
        after?: string;
        /** @description Whether to count all that the filter finds. Without a filter the count is always there. */
        count?: boolean;
        /** @description True for the tests of the draft, false for what counts. Default: false. */
        draft?: boolean;
        /** @description What must hold, written as OData's `$filter`, such as `age gt 17 and __system/reviewState eq null`. */
        filter?: string;
        /** @description Rows at most. Default: 100. */
        limit?: number;
      };
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RowPage'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  listSavedExports: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SavedExportItem'][];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  saveExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewSavedExport'];
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SavedExportItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The state of things does not allow it. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  removeSavedExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
        savedId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  createExportLink: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
        savedId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedExportLink'];
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['NewExportLinkItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The state of things does not allow it. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  revokeExportLink: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        linkId: number;
        /** @description The project's number. */
        projectId: number;
        savedId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getSubmission: {
    parameters: {
      query?: {
        /** @description True for the tests of the draft, false for what counts. Default: false. */
        draft?: boolean;
      };
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The submission's instanceID, such as `uuid:…`. */
        instanceId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RecordItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      /** @description What is stored cannot be opened. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getSubmissionFile: {
    parameters: {
      query?: {
        /** @description True for the tests of the draft, false for what counts. Default: false. */
        draft?: boolean;
      };
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The submission's instanceID, such as `uuid:…`. */
        instanceId: string;
        /** @description The file's name. */
        name: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          '*/*': string;
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      /** @description What is stored cannot be opened. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getSubmissionXml: {
    parameters: {
      query?: {
        /** @description True for the tests of the draft, false for what counts. Default: false. */
        draft?: boolean;
      };
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The submission's instanceID, such as `uuid:…`. */
        instanceId: string;
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/xml': string;
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      /** @description What is stored cannot be opened. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getFormWorkbook: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
        /** @description The version's name. */
        version: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/vnd.ms-excel': string;
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': string;
          'text/csv': string;
          'text/markdown': string;
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getFormXml: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The form's own id (`form_id` of the XLSForm). */
        formId: string;
        /** @description The project's number. */
        projectId: number;
        /** @description The version's name. */
        version: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/xml': string;
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  uploadDraft: {
    parameters: {
      query?: {
        formId?: string;
      };
      header?: {
        /** @description The file's name, percent-encoded; a form without a form_id is named after it. */
        'X-File-Name'?: string;
      };
      path: {
        /** @description The project's number. */
        projectId: number;
      };
      cookie?: never;
    };
    /** @description At most 32 MiB (33554432 bytes). */
    requestBody: {
      content: {
        'application/octet-stream': string;
        'application/vnd.ms-excel': string;
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': string;
        'application/xml': string;
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['UploadResult'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getSession: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionItem'];
        };
      };
      401: components['responses']['SignInNeeded'];
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  signIn: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Credentials'];
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionItem'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Who is calling is not known. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  signOut: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getSetup: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SetupItem'];
        };
      };
      default: components['responses']['OtherProblem'];
    };
  };
  setUp: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SetupBody'];
      };
    };
    responses: {
      /** @description Created */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SetupResult'];
        };
      };
      /** @description The request cannot be understood. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The state of things does not allow it. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The body is not of a type this address takes. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description A value is not acceptable. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  confirmRecoveryKey: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description No Content */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['SignInNeeded'];
      /** @description The caller may not do this here. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such thing that the caller may see. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      429: components['responses']['TooManyAttempts'];
      503: components['responses']['Busy'];
      default: components['responses']['OtherProblem'];
    };
  };
  getLiveness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HealthItem'];
        };
      };
      default: components['responses']['OtherProblem'];
    };
  };
  getReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HealthItem'];
        };
      };
      /** @description Service Unavailable */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HealthItem'];
        };
      };
      default: components['responses']['OtherProblem'];
    };
  };
  getOpenApiAtRoot: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The content. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': Record<string, never> | unknown[];
        };
      };
      default: components['responses']['OtherProblem'];
    };
  };
}
