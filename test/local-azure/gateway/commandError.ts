import { Double } from 'bson';
import type { Encodable } from './bson/encode.ts';

/** The codes this gateway answers with, by the name that goes beside the number. */
const codes = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  UserNotFound: 11,
  Unauthorized: 13,
  TypeMismatch: 14,
  InvalidLength: 16,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  RoleNotFound: 31,
  CannotBackfillArray: 34,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  ExceededTimeLimit: 50,
  DollarPrefixedFieldName: 52,
  EmptyFieldName: 56,
  CanNotBeTypeArray: 53,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CommandNotSupported: 115,
  ViewDepthLimitExceeded: 165,
  CommandNotSupportedOnView: 166,
  ClientMetadataCannotBeMutated: 186,
  ConversionFailure: 241,

  ReauthenticationRequired: 391,
  UserCountLimitExceeded: 8000,
  BsonObjectTooLarge: 10334,
  MergeStageNoMatchingDocument: 13113,
  DbAlreadyExists: 13297,
  DollarAddNumericOrDateTypes: 16554,
  DollarModByZeroProhibited: 16610,
  DollarModOnlyNumeric: 16611,
  DollarAddOnlyOneDate: 16612,
  DollarSizeRequiresArray: 17124,
  ArrayOperatorElemAtFirstArgMustBeArray: 28689,
  DollarArrayElemAtSecondArgArgMustBeNumeric: 28690,
  DollarSqrtGreaterOrEqualToZero: 28714,
  DollarSliceInvalidInput: 28724,
  DollarSliceInvalidTypeSecondArg: 28725,
  DollarSliceInvalidSignThirdArg: 28729,
  DollarLogArgumentMustBeNumeric: 28756,
  DollarLogBaseMustBeNumeric: 28757,
  DollarLogNumberMustBePositive: 28758,
  DollarLogBaseMustBeGreaterThanOne: 28759,
  DollarLog10MustBePositiveNumber: 28761,
  DollarPowBaseMustBeNumeric: 28762,
  DollarPowExponentMustBeNumeric: 28763,
  DollarPowExponentInvalidForZeroBase: 28764,
  DollarLnMustBePositiveNumber: 28766,
  DollarSwitchRequiresObject: 40060,
  DollarSwitchNoMatchingBranchAndNoDefault: 40066,
  DollarSwitchRequiresAtLeastOneBranch: 40068,
  DollarInRequiresArray: 40081,
  DuplicateKey: 11000,
  Interrupted: 11601,
  UnrecognizedCommand: 40324,
  DollarArrayToObjectRequiresArray: 40386,
  DollarObjectToArrayRequiresObject: 40390,
  DollarMergeObjectsInvalidType: 40400,
  Location51003: 51003,
  DollarRoundFirstArgMustBeNumeric: 51081,
  DollarRoundPrecisionOutOfRange: 51083,
  DollarIfNullRequiresAtLeastTwoArgs: 1257300,
  DollarSetFieldRequiresObject: 4161100,
} as const;

type CodeName = keyof typeof codes;

const names = new Map<number, string>(Object.entries(codes).map(([name, code]) => [code, name]));

/** The name that the service prints for a code; an unnamed one is a location. */
export function codeNameOf(code: number): string {
  return names.get(code) ?? `Location${code}`;
}

/** A command that fails with an answer, as opposed to a connection that dies. */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  constructor(code: CodeName | number, message: string) {
    super(message);
    this.code = typeof code === 'number' ? code : codes[code];
    this.codeName = typeof code === 'number' ? codeNameOf(code) : code;
  }
}

/** The shape of every refusal, in this order of keys. */
export function errorReply(error: CommandError): { readonly [key: string]: Encodable } {
  return { ok: new Double(0), code: error.code, codeName: error.codeName, errmsg: error.message };
}
