/** Shapes of the server's JSON answers under /api. Instants are ISO 8601 in UTC; sizes are bytes. */

export interface Session {
  account: { id: number | string; email: string; displayName: string; roles: string[] };
  csrf: string;
  organisation: { name: string };
}

export interface SetupState {
  needed: boolean;
  /** The caller is not on the server's own machine: the code on the server's console must be given. */
  codeNeeded: boolean;
}

export interface SetupAnswers {
  organisation: string;
  name: string;
  email: string;
  password: string;
  sampleData: boolean;
  setupCode?: string;
}

export interface SetupResult {
  recoveryKey: string;
  session: Session;
}

export interface Project {
  id: number;
  name: string;
  description: string | null;
  forms: number;
  appUsers: number;
  submissions: number;
  lastSubmission: string | null;
  archived: boolean;
}

export type FormState = 'open' | 'closing' | 'closed';

export interface FormSummary {
  /** The form's own id (`form_id` of the XLSForm). */
  id: string;
  title: string;
  state: FormState;
  /** Null until the first version is published. */
  version: string | null;
  publishedAt: string | null;
  hasDraft: boolean;
  draftVersion: string | null;
  submissions: number;
  lastSubmission: string | null;
  updatedAt: string;
}

export interface FormAttachment {
  name: string;
  kind: string;
  present: boolean;
  size: number | null;
}

export interface Draft {
  version: string;
  title: string;
  createdAt: string;
  attachments: FormAttachment[];
  testToken: string;
  testUrl: string;
  /** The code a phone scans to try the draft, when the server draws one. */
  testQr?: QrCode | null;
}

export interface FormVersion {
  version: string;
  publishedAt: string;
  publishedBy: string | { id: number | string; name: string } | null;
}

export interface FormDetail extends FormSummary {
  draft: Draft | null;
  versions: FormVersion[];
  attachments: FormAttachment[];
}

export type Severity = 'error' | 'warning' | 'advice';

/** One cell of the row that a diagnostic speaks about. */
export interface RowCell {
  /** As a spreadsheet program shows it, for example “B7”. */
  address: string;
  header: string | null;
  value: string | null;
}

export interface Diagnostic {
  code: string;
  severity: Severity;
  message: string;
  sheet: string | null;
  row: number | null;
  column: string | null;
  /** As a spreadsheet program shows it; null when no single cell is meant. */
  address: string | null;
  /** What stands in the cell, shortened. */
  value: string | null;
  /** The cells by which the author knows the row, in sheet order. */
  excerpt: RowCell[];
  suggestion: string | null;
}

export interface UploadResult {
  accepted: boolean;
  form: { id: string; title: string; version: string } | null;
  diagnostics: Diagnostic[];
}

export interface QrCode {
  svg: string;
  settings: unknown;
}

export interface AppUser {
  id: number | string;
  displayName: string;
  createdAt: string;
  lastUsed: string | null;
  revoked: boolean;
}

export interface CreatedAppUser {
  id: number | string;
  displayName: string;
  /** Shown once; the server keeps only its hash. */
  token: string;
  qr: QrCode;
}

export interface Choice {
  name: string;
  label: string | null;
}

export interface Column {
  path: string;
  name: string;
  label: string | null;
  type: string;
  choices: Choice[] | null;
}

export interface FormColumns {
  columns: Column[];
  repeats: { path: string; name: string; label: string | null }[];
}

export interface SubmissionMeta {
  instanceId: string;
  submittedAt: string;
  submitter: { id: number | string; name: string } | null;
  reviewState: string | null;
  attachments: { present: number; expected: number };
  edits: number;
}

export interface SubmissionRow extends SubmissionMeta {
  /** Why `values` is empty, if it is for a reason: the stored answers are damaged, or only the phone's key opens them. */
  status?: 'damaged' | 'notDecrypted' | null;
  values: Record<string, string | null>;
}

export interface RowPage {
  total: number;
  /** What to send as `after` for the next page; null on the last one. */
  next: string | null;
  rows: SubmissionRow[];
}

export interface Answer {
  path: string;
  name: string;
  label: string | null;
  type: string;
  value: string | null;
  choiceLabels?: string[] | null;
  repeatIndex?: number | null;
  children?: Answer[] | null;
  attachment?: { name: string; present: boolean; size: number | null; contentType: string | null } | null;
}

export interface Submission extends SubmissionMeta {
  formVersion: string;
  tree: Answer[];
}

export interface ExportSettings {
  format: 'csv.zip';
  groupPaths: boolean;
  splitSelects: boolean;
  media: boolean;
}

export interface Export {
  id: string;
  state: 'running' | 'ready' | 'failed' | 'cancelled';
  rows: number;
  totalRows: number;
  /** Rows whose stored answers could not be opened. */
  damagedRows?: number;
  bytes: number;
  startedAt: string;
}

export interface ActivityItem {
  at: string;
  actor: { id: number | string; name: string } | null;
  action: string;
  subject: string | null;
  detail: string | null;
}

export interface ActivityPage {
  items: ActivityItem[];
  /** What to send as `before` for older ones; null when there are none. */
  next: string | null;
}
