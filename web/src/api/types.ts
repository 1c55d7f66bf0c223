import type { RowOrder as RowOrderOrNothing } from '../../generated/schema';

/**
 * Shapes of the server's JSON answers under /api, under the names that the screens use. They are generated from the
 * server's OpenAPI document (`schema.mjs`). Instants are ISO 8601 in UTC; sizes are bytes.
 */
export type {
  ActivityItem,
  ActivityPage,
  AnswerItem as Answer,
  AppUserItem as AppUser,
  ChoiceItem as Choice,
  ChangeItem as AnswerChange,
  ColumnItem as Column,
  ContentKey,
  ContentTable,
  ColumnList as FormColumns,
  CommentItem as Comment,
  CreatedAppUser,
  CreatedPublicLink,
  DiagnosticItem as Diagnostic,
  DraftItem as Draft,
  ExportContents,
  ExportItem as Export,
  ExportLinkItem as ExportLink,
  ExportPreview,
  FileItem as FormAttachment,
  FormDetail,
  FormItem as FormSummary,
  FormState,
  GroupItem as FormGroup,
  HistoryItem as HistoryEntry,
  NewExport as ExportSettings,
  PersonItem as Person,
  NewExportLinkItem as NewExportLink,
  ProjectItem as Project,
  ProjectPatch as ProjectChange,
  PublicLinkItem as PublicLink,
  RecordItem as Submission,
  RepeatItem as FormRepeat,
  ReviewItem as ReviewState,
  RowCell,
  RowItem as SubmissionRow,
  RowPage,
  RowSearch,
  SavedExportItem as SavedExport,
  SessionItem as Session,
  SetupBody as SetupAnswers,
  SetupItem as SetupState,
  SetupResult,
  Severity,
  UploadResult,
  VersionChangesItem as VersionChanges,
  VersionItem as FormVersion,
} from '../../generated/schema';

/** The orders of a form's table. */
export type RowOrder = NonNullable<RowOrderOrNothing>;
