namespace Fieldkeep.XForms.Diagnostics;

/// <summary>
/// Lists the stable keys of diagnostics. Keys with a number are those other XLSForm tools
/// use for the same mistake; <c>X_</c> keys are errors, <c>W_</c> keys warnings and <c>A_</c> keys advice that
/// have no number elsewhere.
/// </summary>
public static class DiagnosticCode
{
    // Reading

    /// <summary>The file itself cannot be read or written; told by whoever opens it, never by the compiler.</summary>
    public const string FileUnread = "X_FILE";
    public const string InputUnrecognised = "X_INPUT_UNRECOGNISED";
    public const string InputTooLarge = "X_INPUT_TOO_LARGE";
    public const string DuplicateRawHeader = "X_READ_DUPLICATE_HEADER";
    public const string AmbiguousXlsDate = "X_READ_XLS_DATE";
    public const string IllegalCharacter = "X_ILLEGAL_CHARACTER";

    // The tool the workbook was written for
    public const string OtherDialect = "A_OTHER_DIALECT";
    public const string DialectTypeReplaced = "A_DIALECT_TYPE";

    // Sheets and headers
    public const string SurveySheetMissing = "X_SHEET_SURVEY_MISSING";
    public const string ChoicesSheetMissing = "X_SHEET_CHOICES_MISSING";
    public const string ExternalChoicesSheetMissing = "X_SHEET_EXTERNAL_MISSING";
    public const string SheetSpelling = "W_SHEET_SPELLING";
    public const string HeaderRowMissing = "HEADER_001";
    public const string HeadersForOneColumn = "HEADER_002";
    public const string RequiredHeaderMissing = "HEADER_003";
    public const string ChoicesHeaderDropped = "HEADER_004";
    public const string EntitiesHeaderUnknown = "HEADER_005";
    public const string HeaderTooManyParts = "X_HEADER_PARTS";
    public const string HeaderSpelling = "A_HEADER_SPELLING";

    public const string AttributeDropped = "W_ATTRIBUTE_DROPPED";
    public const string LimitExceeded = "X_LIMIT";

    // Names
    public const string DuplicateName = "NAMES_001";
    public const string NameDiffersByCaseOnly = "NAMES_002";
    public const string RepeatNamedLikeForm = "NAMES_003";
    public const string DuplicateRepeatName = "NAMES_004";
    public const string ReservedName = "NAMES_005";
    public const string ChoiceWithoutName = "NAMES_006";
    public const string DuplicateChoiceName = "NAMES_007";
    public const string InvalidName = "NAMES_008";
    public const string InvalidFormName = "NAMES_009";
    public const string EntityNameReservedPrefix = "NAMES_010";
    public const string EntityListNamePeriod = "NAMES_011";
    public const string EntityPropertyReserved = "NAMES_012";
    public const string DuplicateEntityList = "NAMES_014";
    public const string EntityListNameMissing = "NAMES_015";

    // Rows
    public const string TypeMissing = "X_TYPE_MISSING";
    public const string NameMissing = "X_NAME_MISSING";
    public const string TypeUnknown = "X_TYPE_UNKNOWN";
    public const string IncludeUnsupported = "X_INCLUDE";
    public const string CalculationMissing = "X_CALCULATION_MISSING";
    public const string NoLabelOrHint = "X_NO_LABEL_OR_HINT";
    public const string BigImageWithoutImage = "X_BIG_IMAGE_WITHOUT_IMAGE";
    public const string MediaKindUnknown = "X_MEDIA_TYPE";
    public const string EndWithoutBegin = "SURVEY_001";
    public const string BeginWithoutEnd = "SURVEY_002";
    public const string SelectBindType = "X_SELECT_BIND_TYPE";
    public const string DisabledColumn = "W_DISABLED_COLUMN";
    public const string RowSkipped = "W_ROW_SKIPPED";
    public const string DeviceMetadata = "W_DEVICE_METADATA";
    public const string RepeatWithoutLabel = "W_REPEAT_NO_LABEL";

    // Parameters
    public const string IncrementalValue = "SURVEY_003";
    public const string ParametersMalformed = "SURVEY_004";
    public const string ParameterUnknown = "SURVEY_005";
    public const string ReferenceGeometry = "SURVEY_006";
    public const string CaptureAccuracy = "SURVEY_007";
    public const string WarningAccuracy = "SURVEY_008";
    public const string AllowMockAccuracy = "SURVEY_009";
    public const string RandomizeValue = "X_RANDOMIZE_VALUE";
    public const string SeedValue = "X_SEED_VALUE";
    public const string SeedWithoutRandomize = "X_SEED_WITHOUT_RANDOMIZE";
    public const string RowsInteger = "X_ROWS_INT";
    public const string MaxPixelsInteger = "X_MAX_PIXELS_INT";
    public const string MaxPixelsAdvised = "W_MAX_PIXELS";
    public const string AudioQuality = "X_AUDIO_QUALITY";
    public const string ImageAppPackage = "X_IMAGE_APP_PACKAGE";
    public const string RangeNotANumber = "RANGE_001";
    public const string RangeZeroStep = "RANGE_002";
    public const string RangeStepTooLarge = "RANGE_003";
    public const string RangeNotOnStep = "RANGE_004";
    public const string RangePlaceholderOutside = "RANGE_005";
    public const string RangeLabelListUnknown = "RANGE_006";
    public const string RangeTooManyLabels = "RANGE_007";
    public const string RangeAppearance = "RANGE_008";
    public const string RangeLabelNotANumber = "RANGE_009";
    public const string RangeLabelOutside = "RANGE_010";
    public const string RangeLabelNotOnTick = "RANGE_011";
    public const string RangeLabelsNotEnds = "RANGE_012";

    // Audit
    public const string AuditName = "X_AUDIT_NAME";
    public const string AuditTrackChanges = "X_AUDIT_TRACK_CHANGES";
    public const string AuditTrackReasons = "X_AUDIT_TRACK_REASONS";
    public const string AuditIdentifyUser = "X_AUDIT_IDENTIFY_USER";
    public const string AuditLocationPriority = "X_AUDIT_LOCATION_PRIORITY";
    public const string AuditLocationInteger = "X_AUDIT_LOCATION_INT";
    public const string AuditLocationNegative = "X_AUDIT_LOCATION_NEGATIVE";
    public const string AuditLocationOrder = "X_AUDIT_LOCATION_ORDER";
    public const string AuditLocationIncomplete = "X_AUDIT_LOCATION_INCOMPLETE";

    // Selects, loops and secondary instances
    public const string ListNotInChoices = "X_LIST_NOT_IN_CHOICES";
    public const string ListNotInExternalChoices = "X_LIST_NOT_IN_EXTERNAL";
    public const string LoopWithoutList = "X_LOOP_NO_LIST";
    public const string LoopListMissing = "X_LOOP_LIST_MISSING";
    public const string OrOtherChoiceFilter = "X_OR_OTHER_CHOICE_FILTER";
    public const string OrOtherWithoutChoices = "X_OR_OTHER_NO_CHOICES";
    public const string OrOtherTranslations = "W_OR_OTHER_TRANSLATIONS";
    public const string TableListFilter = "X_TABLE_LIST_FILTER";
    public const string TableListMismatch = "X_TABLE_LIST_MISMATCH";
    public const string ChoiceNameSpaces = "X_CHOICE_NAME_SPACES";
    public const string ChoiceWithoutLabel = "LABEL_001";
    public const string ChoiceColumnDropped = "W_CHOICE_COLUMN_DROPPED";
    public const string FileExtension = "X_FILE_EXTENSION";
    public const string SearchWithFile = "X_SEARCH_WITH_FILE";
    public const string SearchSharedList = "X_SEARCH_SHARED_LIST";
    public const string ExternalWithoutFilter = "W_EXTERNAL_NO_FILTER";
    public const string DuplicateExternalInstance = "X_INSTANCE_EXTERNAL_DUPLICATE";
    public const string InstanceIdConflict = "X_INSTANCE_ID_CONFLICT";

    // References and triggers
    public const string ReferenceMalformed = "PYREF_001";
    public const string TriggerWithoutCommas = "PYREF_002";
    public const string ReferenceUnknown = "PYREF_003";
    public const string ReferenceAmbiguous = "PYREF_004";
    public const string ReferenceUnknownLate = "X_REF_UNKNOWN_LATE";
    public const string ReferenceAmbiguousLate = "X_REF_AMBIGUOUS_LATE";
    public const string TriggerNotVisible = "X_TRIGGER_NOT_VISIBLE";
    public const string BackgroundGeopointCalculation = "X_BG_GEOPOINT_CALCULATION";
    public const string BackgroundGeopointTrigger = "X_BG_GEOPOINT_TRIGGER";

    // Settings and languages
    public const string OmitInstanceIdEncrypted = "X_OMIT_INSTANCEID_ENCRYPTED";
    public const string EmptyFormId = "X_EMPTY_ID_STRING";
    public const string FormIdAndIdString = "W_FORM_ID_AND_ID_STRING";
    public const string LanguageTag = "W_LANGUAGE_TAG";
    public const string TranslationMissing = "W_TRANSLATION_MISSING";

    // Entities
    public const string SaveToWithoutEntities = "ENTITY_001";
    public const string PropertySavedTwice = "ENTITY_002";
    public const string SaveToOnGroup = "ENTITY_003";
    public const string SaveToListUnknown = "ENTITY_004";
    public const string EntityLabelMissing = "ENTITY_005";
    public const string EntityUpsertIncomplete = "ENTITY_006";
    public const string EntityUpdateWithoutId = "ENTITY_007";
    public const string SaveToNeedsList = "ENTITY_008";
    public const string EntityNoFreeContainer = "ENTITY_009";
    public const string SaveToScope = "ENTITY_011";
    public const string EntityReferenceScope = "ENTITY_012";
    public const string SaveToManyDelimiters = "ENTITY_013";

    // Confidential questions
    public const string ConfidentialValue = "X_CONFIDENTIAL";
    public const string ConfidentialWithoutAnswer = "X_CONFIDENTIAL_NO_ANSWER";
    public const string ConfidentialRadius = "X_CONFIDENTIAL_RADIUS";
    public const string ConfidentialRadiusWithoutPlace = "X_CONFIDENTIAL_RADIUS_NO_PLACE";

    // Export of an XForm to a workbook: what a workbook cannot say
    public const string ExportElementLost = "W_EXPORT_ELEMENT";
    public const string ExportAttributeLost = "W_EXPORT_ATTRIBUTE";
    public const string ExportTextLost = "W_EXPORT_TEXT";
    public const string ExportPlaceChanged = "W_EXPORT_PLACE";
    public const string ExportTypeChanged = "W_EXPORT_TYPE";
    public const string ExportDefaultChanged = "W_EXPORT_DEFAULT";
    public const string ExportActionLost = "W_EXPORT_ACTION";
    public const string ExportInstanceLost = "W_EXPORT_INSTANCE";
    public const string ExportChoicesChanged = "W_EXPORT_CHOICES";
    public const string ExportExternalChoicesMissing = "W_EXPORT_EXTERNAL_CHOICES";
    public const string ExportDiffers = "W_EXPORT_DIFFERS";
    public const string ExportRefused = "W_EXPORT_REFUSED";
    public const string ExportMore = "W_EXPORT_MORE";

    // Advice

    /// <summary>An expression is not XPath.</summary>
    public const string XPathSyntax = "A_XPATH_SYNTAX";

    /// <summary>A function that no client knows, or with too few or too many arguments.</summary>
    public const string XPathFunction = "A_XPATH_FUNCTION";

    /// <summary>Calculations, relevance, required or read-only conditions that depend on themselves.</summary>
    public const string Circular = "A_CIRCULAR";

    /// <summary>A select's answer is compared with a value that its list does not have.</summary>
    public const string ChoiceUnknown = "A_CHOICE_UNKNOWN";

    /// <summary>A question or group whose relevance is false whatever is answered.</summary>
    public const string NeverRelevant = "A_NEVER_RELEVANT";

    /// <summary>A constraint compares with a question that is asked later.</summary>
    public const string ConstraintLater = "A_CONSTRAINT_LATER";

    /// <summary>A calculation looks something up that nothing in the form reads.</summary>
    public const string CalculationUnread = "A_CALCULATION_UNREAD";

    /// <summary>A list of the choices sheet that nothing mentions.</summary>
    public const string ChoicesUnused = "A_CHOICES_UNUSED";

    /// <summary>A choice name with a space in a list that only a select_one uses.</summary>
    public const string ChoiceNameSpacesAdvised = "A_CHOICE_NAME_SPACES";

    /// <summary>A name longer than programs for analysis keep.</summary>
    public const string NameLong = "A_NAME_LONG";

    /// <summary>A text that other languages have and one lacks.</summary>
    public const string TranslationEmpty = "A_TRANSLATION_EMPTY";
}
