import * as vscode from 'vscode';
import type { QueryProblem } from '../core/sessions/documentQuery.ts';

/** What is wrong with a text of EJSON, and what would be right. */
export function problemWords({ code, name }: QueryProblem): string {
  switch (code) {
    case 'expectedValue':
      return vscode.l10n.t('A value is missing here.');
    case 'expectedKey':
      return vscode.l10n.t('The name of a field is missing here, in double quotes.');
    case 'expectedColon':
      return vscode.l10n.t('A colon is missing here.');
    case 'expectedComma':
      return vscode.l10n.t('A comma or a closing bracket is missing here.');
    case 'trailingComma':
      return vscode.l10n.t('Nothing follows this comma. Remove it.');
    case 'badString':
      return vscode.l10n.t('This string is not closed, or has a character in it that must be escaped.');
    case 'badNumber':
      return vscode.l10n.t('This is not how a number is written.');
    case 'comment':
      return vscode.l10n.t('There can be no comments here.');
    case 'tooDeep':
      return vscode.l10n.t('This is nested deeper than a document can be.');
    case 'afterEnd':
      return vscode.l10n.t('Nothing can follow here.');
    case 'notAnObject':
      return name === ''
        ? vscode.l10n.t('This must be an object: { … }.')
        : vscode.l10n.t('{0} must be an object: { … }.', name);
    case 'duplicateKey':
      return vscode.l10n.t('{0} is there twice.', name);
    case 'nullInKey':
      return vscode.l10n.t('The name of a field can have no zero character in it.');
    case 'badValue':
      return badValueWords(name);
    case 'unknownType':
      return vscode.l10n.t(
        '{0} is no type of EJSON. It is kept as the name of a field, which many databases refuse.',
        name,
      );
    case 'tooLarge':
      return vscode.l10n.t(
        'No number of the database holds this exactly. Write { "$numberDecimal": "{0}" }, or { "$numberDouble": "{0}" } for about as much.',
        name,
      );
    case 'operator':
      return vscode.l10n.t('The name of a document’s own field cannot begin with a dollar sign: {0}.', name);
    case 'unknownMember':
      return vscode.l10n.t('A query has a filter, a projection, a sort and a pageSize; it has no {0}.', name);
    case 'notADirection':
      return vscode.l10n.t('Sort {0} by 1 (upwards) or -1 (downwards).', name);
    case 'notAPageSize':
      return vscode.l10n.t('A page has 1 to {0} documents.', name);
  }
}

/** By an example, which says more than a grammar. */
function badValueWords(type: string): string {
  const example = examples[type];
  return example === undefined
    ? vscode.l10n.t('This is not how {0} is written.', type)
    : vscode.l10n.t('This is not how {0} is written. An example: {1}', type, example);
}

const examples: Readonly<Record<string, string>> = {
  $oid: '{ "$oid": "65f1a1b2c3d4e5f607182930" }',
  $uuid: '{ "$uuid": "c8edabc3-f738-4ca3-b68d-ab92a91478a3" }',
  $symbol: '{ "$symbol": "name" }',
  $numberInt: '{ "$numberInt": "1" }',
  $numberLong: '{ "$numberLong": "1" }',
  $numberDouble: '{ "$numberDouble": "1.0" }',
  $numberDecimal: '{ "$numberDecimal": "1.50" }',
  $date: '{ "$date": "2026-01-05T08:00:00Z" }',
  $binary: '{ "$binary": { "base64": "AQI=", "subType": "00" } }',
  $regularExpression: '{ "$regularExpression": { "pattern": "^a", "options": "i" } }',
  $timestamp: '{ "$timestamp": { "t": 1, "i": 1 } }',
  $code: '{ "$code": "function () {}" }',
  $minKey: '{ "$minKey": 1 }',
  $maxKey: '{ "$maxKey": 1 }',
  $undefined: '{ "$undefined": true }',
};
